//! The command line of `limosa plugin`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use limosa::plugins::{CheckKind, Decision};
use limosa::workshop;

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Make a project of a plugin: it builds, tests and explains itself.
    New(NewArguments),
    /// Build the project in a folder into NAME.wasm, by the tools of its language.
    Build(BuildArguments),
    /// Run the cases of a project in the sandbox; builds it first where its sources are others than at the last build.
    Test(TestArguments),
    /// Measure how fast a plugin is, and how much of its limits it takes.
    Bench(BenchArguments),
    /// See whether a plugin gives the same answer to the same rows however they come, and which corruptions it notices.
    Qualify(QualifyArguments),
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
    /// Show what was decided of an installed plugin, and what it says of itself.
    Show(ShowArguments),
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

/// A language with an SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    Rust,
    Python,
    Javascript,
    C,
}

impl From<Language> for workshop::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::Rust => Self::Rust,
            Language::Python => Self::Python,
            Language::Javascript => Self::Javascript,
            Language::C => Self::C,
        }
    }
}

/// What a plugin is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Looks at rows, and says which are wrong.
    Check,
    /// Asks the database by reviewed statements.
    Probe,
    /// Rewrites rows on their way.
    Transform,
}

impl From<Kind> for CheckKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Check => Self::Check,
            Kind::Probe => Self::Probe,
            Kind::Transform => Self::Transform,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct NewArguments {
    /// What it is called: lower case letters, digits and hyphens. A folder of that name is made here.
    pub(crate) name: String,
    /// The language that it is written in.
    #[arg(long, value_enum)]
    pub(crate) language: Language,
    /// What it is.
    #[arg(long, value_enum, default_value_t = Kind::Check)]
    pub(crate) kind: Kind,
}

#[derive(Debug, Args)]
pub(crate) struct BuildArguments {
    /// The folder of the project.
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// The folder of the project.
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// The folder of a project, a component file, or the name of a plugin inside the program.
    #[arg(default_value = ".")]
    pub(crate) plugin: PathBuf,
    /// Made-up rows to hand in.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000_000))]
    pub(crate) rows: u64,
    /// The type of a role's columns, one of those that it takes; the first of them unless given. May be given several times.
    #[arg(long = "type", value_name = "ROLE=TYPE")]
    pub(crate) types: Vec<String>,
    /// A setting of the plugin; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) settings: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct QualifyArguments {
    /// The folder of a project, a component file, or the name of a plugin inside the program.
    #[arg(default_value = ".")]
    pub(crate) plugin: PathBuf,
    /// A setting of the plugin; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) settings: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The plugin.
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// The component file, its https URL, or the name of a plugin inside the program.
    pub(crate) plugin: String,
}

/// Who lets a plugin in, for the lock file.
#[derive(Debug, Args)]
pub(crate) struct Review {
    /// A database that it is held against first: its columns and their types, and that each statement is understood there. Nothing
    /// of it runs; may be given several times.
    #[arg(long, value_name = "URL")]
    pub(crate) against: Vec<String>,
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
            against: self.against.clone(),
            moment: limosa::now(),
            ..Decision::default()
        }
    }
}

/// Which file was reviewed, and what is let pass of it.
#[derive(Debug, Args)]
pub(crate) struct ReviewedFile {
    /// The digest of the file that was reviewed; needed where no trusted key signed it.
    #[arg(long, value_name = "DIGEST")]
    pub(crate) sha256: Option<String>,
    /// Let it in although it gave different answers to the same rows (`limosa plugin qualify` shows which).
    #[arg(long)]
    pub(crate) allow_unsteady: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InstallArguments {
    /// The component file, its https URL, or the name of a plugin inside the program.
    pub(crate) plugin: String,
    /// Where it may look: `TABLE.COLUMN[,COLUMN…][->TABLE.COLUMN]`; may be given several times.
    #[arg(long = "bind", value_name = "PLACE", required = true)]
    pub(crate) bindings: Vec<String>,
    /// An interface that it gets beyond the usual: query; may be given several times.
    #[arg(long = "grant", value_name = "INTERFACE")]
    pub(crate) grants: Vec<String>,
    #[command(flatten)]
    pub(crate) file: ReviewedFile,
    #[command(flatten)]
    pub(crate) review: Review,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateArguments {
    /// The component file of the new version, its https URL, or the name of a plugin inside the program.
    pub(crate) plugin: String,
    /// An interface that the new version gets beyond what the installed one has; may be given several times.
    #[arg(long = "grant", value_name = "INTERFACE")]
    pub(crate) grants: Vec<String>,
    #[command(flatten)]
    pub(crate) file: ReviewedFile,
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
