//! The command line of `limosa plugin`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use limosa::plugins::Decision;

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Show what a plugin says of itself and asks for. Nothing of it runs.
    Inspect(InspectArguments),
    /// Install a plugin after its review: it is compiled, tried out with exactly its grants, and written into limosa.lock.
    Install(InstallArguments),
    /// Show what another version of an installed plugin changes; with --yes, put it in its place.
    Update(UpdateArguments),
    /// Let an installed plugin look at more places.
    Grant(GrantArguments),
    /// Make a pair of keys to sign plugins with.
    Keygen(KeygenArguments),
    /// Sign a plugin: the signature is written beside it.
    Sign(SignArguments),
    /// List the plugins of limosa.lock.
    List,
    /// See that every installed plugin is the one that was reviewed.
    Verify,
    /// Say that a plugin may not run any more, from the next batch on.
    Revoke(RevokeArguments),
    /// Take a plugin out of limosa.lock.
    Remove(RemoveArguments),
    /// Compile a plugin in this process, which takes no more than its share. For `limosa plugin install`.
    #[command(hide = true)]
    Compile(CompileArguments),
}

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// The component file.
    pub(crate) file: PathBuf,
}

/// Who lets a plugin in, for the lock file.
#[derive(Debug, Args)]
pub(crate) struct Review {
    /// Who reviewed it [default: you].
    #[arg(long, value_name = "NAME")]
    pub(crate) reviewer: Option<String>,
    /// Why it may run.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
}

impl Review {
    /// What a reviewer decides, so far with nothing granted.
    pub(crate) fn decision(&self) -> Decision {
        Decision {
            reviewer: self.reviewer.clone().unwrap_or_else(limosa::asker),
            reason: self.reason.clone(),
            moment: limosa::now(),
            ..Decision::default()
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct InstallArguments {
    /// The component file, or the name of a plugin inside the program.
    pub(crate) plugin: String,
    /// Where it may look: `TABLE.COLUMN[,COLUMN…][->TABLE.COLUMN]`; may be given several times.
    #[arg(long = "bind", value_name = "PLACE", required = true)]
    pub(crate) bindings: Vec<String>,
    /// An interface that it gets beyond the usual: query; may be given several times.
    #[arg(long = "grant", value_name = "INTERFACE")]
    pub(crate) grants: Vec<String>,
    /// The digest of the file that was reviewed; needed where no trusted key signed it.
    #[arg(long, value_name = "DIGEST")]
    pub(crate) sha256: Option<String>,
    /// A database that it is held against first: its columns and their types, and that each statement is understood there. Nothing
    /// of it runs; may be given several times.
    #[arg(long, value_name = "URL")]
    pub(crate) against: Vec<String>,
    #[command(flatten)]
    pub(crate) review: Review,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateArguments {
    /// The component file of the new version, or the name of a plugin inside the program.
    pub(crate) plugin: String,
    /// An interface that the new version gets beyond what the installed one has; may be given several times.
    #[arg(long = "grant", value_name = "INTERFACE")]
    pub(crate) grants: Vec<String>,
    /// The digest of the file that was reviewed; needed where no trusted key signed it.
    #[arg(long, value_name = "DIGEST")]
    pub(crate) sha256: Option<String>,
    /// A database that it is held against first: its columns and their types, and that each statement is understood there. Nothing
    /// of it runs; may be given several times.
    #[arg(long, value_name = "URL")]
    pub(crate) against: Vec<String>,
    #[command(flatten)]
    pub(crate) review: Review,
    /// Do it.
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct GrantArguments {
    /// The plugin.
    pub(crate) name: String,
    /// Where it may look, too: `TABLE.COLUMN[,COLUMN…][->TABLE.COLUMN]`; may be given several times.
    #[arg(long = "bind", value_name = "PLACE", required = true)]
    pub(crate) bindings: Vec<String>,
    /// A database that it is held against first: its columns and their types, and that each statement is understood there. Nothing
    /// of it runs; may be given several times.
    #[arg(long, value_name = "URL")]
    pub(crate) against: Vec<String>,
    #[command(flatten)]
    pub(crate) review: Review,
}

#[derive(Debug, Args)]
pub(crate) struct KeygenArguments {
    /// The file of the secret key; the public key goes beside it, with .pub at its end. Neither may be there yet.
    pub(crate) file: PathBuf,
    /// Keep the secret key without a password. Otherwise it is asked for, or taken from LIMOSA_KEY_PASSWORD.
    #[arg(long)]
    pub(crate) without_password: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SignArguments {
    /// The component file.
    pub(crate) file: PathBuf,
    /// The file of the secret key.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeArguments {
    /// The plugin.
    pub(crate) name: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveArguments {
    /// The plugin.
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct CompileArguments {
    /// How it is called in errors; its bytes come in.
    pub(crate) origin: String,
}
