//! `limosa plugin keygen` and `sign`: keys and signatures in the form of minisign (jedisct1.github.io/minisign).

use std::fs::{self, File, OpenOptions};
use std::io::{Cursor, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use minisign::{KeyPair, SecretKeyBox};
use serde_json::json;

use crate::arguments::{Common, KeygenArguments, SignArguments};
use crate::output::answer;

/// Where a password is taken from where nobody can be asked.
const PASSWORD: &str = "LIMOSA_KEY_PASSWORD";

pub(crate) fn generate(arguments: &KeygenArguments, common: &Common) -> anyhow::Result<u8> {
    let public = beside(&arguments.file, "pub");
    for file in [&arguments.file, &public] {
        if file.exists() {
            return Err(refused(format!(
                "{} is there already, and a key that is lost signs no more: name another file",
                file.display()
            )));
        }
    }
    let pair = if arguments.without_password {
        KeyPair::generate_unencrypted_keypair()
    } else {
        // Without one in the environment it is asked for.
        KeyPair::generate_encrypted_keypair(std::env::var(PASSWORD).ok())
    };
    let pair = pair.map_err(|error| {
        refused(format!(
            "no password can be asked for here ({error}): set {PASSWORD}, or say --without-password"
        ))
    })?;
    let secret = pair
        .sk
        .to_box(None)
        .context("making the keys")?
        .into_string();
    let key = pair.pk.to_box().context("making the keys")?.into_string();
    // For its owner alone from its first byte on.
    let mut options = OpenOptions::new();
    let file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&arguments.file);
    write(file, &arguments.file, &secret)?;
    write(File::create_new(&public), &public, &key)?;
    let (file, key) = (arguments.file.display(), pair.pk.to_base64());
    let document = json!({ "secret": arguments.file, "public": public, "key": key });
    let text = format!(
        "{file} is secret; whoever trusts it writes into limosa.toml:\n\n[[plugins.signers]]\nname = \"…\"\nkey = \"{key}\""
    );
    answer(common.format, &document, &text)?;
    Ok(0)
}

pub(crate) fn sign(arguments: &SignArguments, common: &Common) -> anyhow::Result<u8> {
    let unread = |path: &Path, error: &dyn std::fmt::Display| {
        refused(format!("cannot read {}: {error}", path.display()))
    };
    let text =
        fs::read_to_string(&arguments.key).map_err(|error| unread(&arguments.key, &error))?;
    let sealed =
        SecretKeyBox::from_string(&text).map_err(|error| unread(&arguments.key, &error))?;
    let bytes = limosa::plugins::read(&arguments.file)?;
    // A key without a password says so itself; another is opened by the one in the environment, or by asking.
    let open = || SecretKeyBox::from_string(&text)?.into_unencrypted_secret_key();
    let key = match open() {
        Ok(key) => key,
        Err(_) => sealed
            .into_secret_key(std::env::var(PASSWORD).ok())
            .map_err(|error| {
                let key = arguments.key.display();
                refused(format!("cannot open the key {key} by its password, which {PASSWORD} holds or a terminal asks for: {error}"))
            })?,
    };
    let comment = format!("plugin {}", arguments.file.display());
    let signature =
        minisign::sign(None, &key, Cursor::new(&bytes), Some(&comment), None).context("signing")?;
    let path = beside(&arguments.file, "minisig");
    fs::write(&path, signature.into_string())
        .with_context(|| format!("writing {}", path.display()))?;
    let document = json!({ "file": arguments.file, "signature": path });
    answer(common.format, &document, &path.display().to_string())?;
    Ok(0)
}

fn refused(message: String) -> anyhow::Error {
    limosa::Error::configuration(message).into()
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    path.with_added_extension(extension)
}

fn write(file: std::io::Result<File>, path: &Path, text: &str) -> anyhow::Result<()> {
    let writing = || format!("writing {}", path.display());
    file.with_context(writing)?
        .write_all(text.as_bytes())
        .with_context(writing)
}
