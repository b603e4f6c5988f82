//! A plugin from an https address: the bytes that the digest or the signature says, over a connection that is believed, or nothing.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use anyhow::{Context as _, Result};
use limosa_tests::{Outcome, WorkingFolder, checkout};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Serves files by their paths, each connection one of them; ends with the test process.
struct Shop {
    port: u16,
    certificate: String,
}

impl Shop {
    fn open(files: BTreeMap<String, Vec<u8>>) -> Result<Self> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["localhost".into()])?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)?;
        let config = Arc::new(config);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, files) = (config.clone(), files.clone());
                // A client that does not believe the certificate goes away in the middle of it.
                thread::spawn(move || drop(serve(stream, config, &files)));
            }
        });
        Ok(Self {
            port,
            certificate: cert.pem(),
        })
    }

    fn address(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }
}

fn serve(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<()> {
    let mut stream = StreamOwned::new(ServerConnection::new(config)?, stream);
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && request.len() < 8 << 10 {
        stream.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    let request = String::from_utf8(request)?;
    let path = request.split(' ').nth(1).context("a path")?;
    let head = |status: &str, length: usize, more: &str| {
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{more}\r\n")
    };
    match (path, files.get(path)) {
        ("/moved", _) => {
            stream.write_all(head("302 Found", 0, "location: /plugin.wasm\r\n").as_bytes())?
        }
        ("/astray", _) => stream.write_all(
            head("302 Found", 0, "location: http://localhost/plugin.wasm\r\n").as_bytes(),
        )?,
        ("/circle", _) => {
            stream.write_all(head("302 Found", 0, "location: /circle\r\n").as_bytes())?
        }
        // No length is told, and no end comes before a plugin's most.
        ("/endless", _) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
            loop {
                stream.write_all(&[0; 1 << 16])?;
            }
        }
        (_, Some(bytes)) => {
            stream.write_all(head("200 OK", bytes.len(), "").as_bytes())?;
            stream.write_all(bytes)?;
        }
        (_, None) => stream.write_all(head("404 Not Found", 0, "").as_bytes())?,
    }
    stream.conn.send_close_notify();
    stream.flush()?;
    Ok(())
}

#[test]
fn a_plugin_from_an_address() -> Result<()> {
    let plugin = std::fs::read(checkout().join("target/plugins/value-format.wasm"))?;
    let folder = WorkingFolder::new()?;
    folder.write("value-format.wasm", &plugin)?;
    let inspected = folder
        .limosa(["plugin", "inspect", "value-format.wasm", "--format", "json"])
        .run()?;
    let digest = inspected.json()?["digest"]
        .as_str()
        .context("the digest")?
        .to_owned();
    let mut changed = plugin.clone();
    // A letter of its description.
    let place = changed
        .windows(15)
        .position(|bytes| bytes == b"description = \"");
    changed[place.context("a description")? + 15] ^= 0x20;
    let files = [("/plugin.wasm", plugin), ("/changed.wasm", changed)];
    let shop = Shop::open(
        files
            .into_iter()
            .map(|(path, bytes)| (path.to_owned(), bytes))
            .collect(),
    )?;
    let certificates = folder.write("shop.pem", &shop.certificate)?;
    // The one inside the program makes room.
    folder
        .limosa(["plugin", "remove", "value-format"])
        .run()?
        .expect_code(0);
    // No user, password or token of an address is shown again.
    let secret = format!(
        "{}?token=S3CRET",
        shop.address("/plugin.wasm")
            .replace("://", "://user:S3CRET@")
    );
    for command in [
        vec!["plugin", "update", &secret],
        vec!["plugin", "install", &secret, "--bind", "users.email"],
        vec!["plugin", "qualify", &secret],
    ] {
        let outcome = folder
            .limosa(command)
            .environment("SSL_CERT_FILE", &certificates)
            .run()?
            .expect_code(1);
        assert!(
            !outcome.stderr.contains("S3CRET") && !outcome.stdout.contains("S3CRET"),
            "{outcome:?}"
        );
    }
    let install = |address: &str| -> Result<Outcome> {
        let arguments = [
            "plugin",
            "install",
            address,
            "--bind",
            "users.email",
            "--sha256",
            &digest,
            "--reason",
            "a test",
        ];
        folder
            .limosa(arguments)
            .environment("SSL_CERT_FILE", &certificates)
            .run()
    };
    let refused = |address: &str, expected: &str| -> Result<()> {
        let refused = install(address)?.expect_code(1);
        assert!(refused.stderr.contains(expected), "{address}: {refused:?}");
        Ok(())
    };
    refused(&shop.address("/nothing.wasm"), "there is nothing at")?;
    refused(&shop.address("/changed.wasm"), "was reviewed")?;
    refused(&shop.address("/astray"), "fetch https://")?;
    refused(&shop.address("/circle"), "fetch https://")?;
    refused(&shop.address("/endless"), "has more than 67108864 bytes")?;
    refused("http://localhost/plugin.wasm", "is no https address")?;
    // A certificate that nobody vouches for is no shop.
    let arguments = [
        "plugin",
        "install",
        &shop.address("/plugin.wasm"),
        "--bind",
        "users.email",
        "--sha256",
        &digest,
    ];
    let stranger = folder.limosa(arguments).run()?.expect_code(1);
    assert!(stranger.stderr.contains("fetch https://"), "{stranger:?}");

    install(&shop.address("/moved"))?.expect_code(0);
    let shown = folder
        .limosa(["plugin", "show", "value-format"])
        .run()?
        .expect_code(0);
    assert!(shown.stdout.contains("nobody: by its digest"), "{shown:?}");
    folder.limosa(["plugin", "verify"]).run()?.expect_code(0);
    Ok(())
}

/// The signature beside it does, instead of a digest; one of a key that nobody trusts does not.
#[test]
fn a_signed_plugin_from_an_address() -> Result<()> {
    let folder = WorkingFolder::new()?;
    std::fs::copy(
        checkout().join("target/plugins/value-format.wasm"),
        folder.path().join("value-format.wasm"),
    )?;
    for key in ["team.key", "other.key"] {
        folder
            .limosa(["plugin", "keygen", key, "--without-password"])
            .run()?
            .expect_code(0);
    }
    let mut files = BTreeMap::new();
    for (key, path) in [("team.key", "/signed.wasm"), ("other.key", "/strange.wasm")] {
        folder
            .limosa(["plugin", "sign", "value-format.wasm", "--key", key])
            .run()?
            .expect_code(0);
        let read = |name: &str| std::fs::read(folder.path().join(name));
        files.insert(path.to_owned(), read("value-format.wasm")?);
        files.insert(
            format!("{path}.minisig"),
            read("value-format.wasm.minisig")?,
        );
    }
    let public = std::fs::read_to_string(folder.path().join("team.key.pub"))?;
    let key = public.lines().nth(1).context("the key")?;
    folder.write(
        "limosa.toml",
        format!("[[plugins.signers]]\nname = 'platform team'\nkey = '{key}'\n"),
    )?;
    let shop = Shop::open(files)?;
    let certificates = folder.write("shop.pem", &shop.certificate)?;
    folder
        .limosa(["plugin", "remove", "value-format"])
        .run()?
        .expect_code(0);
    let install = |path: &str| -> Result<Outcome> {
        let address = shop.address(path);
        let arguments = [
            "plugin",
            "install",
            &address,
            "--bind",
            "users.email",
            "--reason",
            "a test",
        ];
        folder
            .limosa(arguments)
            .environment("SSL_CERT_FILE", &certificates)
            .run()
    };
    let strange = install("/strange.wasm")?.expect_code(1);
    assert!(
        strange
            .stderr
            .contains("is not by somebody who is trusted with value-format"),
        "{strange:?}"
    );
    let signed = install("/signed.wasm")?.expect_code(0);
    assert!(
        signed.stdout.contains("signed by platform team"),
        "{signed:?}"
    );
    Ok(())
}
