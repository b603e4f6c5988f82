//! Reviewed installs: what is not in the lock, is not what was reviewed, or looks elsewhere does not run, and says why.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::Result;
use limosa_tests::independent::{Side, compare};
use limosa_tests::query::{number, sqlite_file};
use limosa_tests::{MariadbServer, Outcome, WorkingFolder};
use serde_json::Value;

struct Shop {
    folder: WorkingFolder,
    source: String,
}

impl Shop {
    fn new() -> Result<Self> {
        let folder = WorkingFolder::new()?;
        let source = sqlite_file(
            &folder.path().join("source.sqlite"),
            "CREATE TABLE item (id INTEGER PRIMARY KEY, amount REAL, other REAL); INSERT INTO item VALUES (1, 5, 6)",
        )?;
        folder.write("guest.wasm", crate::hostile::well_behaved()?)?;
        Ok(Self { folder, source })
    }

    fn check(&self, binding: &str) -> Result<Outcome> {
        let arguments = [
            "check",
            &self.source,
            "--check",
            binding,
            "--format",
            "json",
        ];
        self.folder.limosa(arguments).run()
    }

    fn refused(&self, binding: &str, parts: &[&str]) -> Result<()> {
        let report = self.check(binding)?.expect_code(1).json()?;
        told(&report["errors"][0], parts);
        Ok(())
    }
}

fn told(error: &Value, parts: &[&str]) {
    assert_eq!(error["code"], "PLUG_003", "{error:#}");
    let message = error["message"].as_str().unwrap_or_default();
    for part in parts {
        assert!(message.contains(part), "`{message}` does not say {part}");
    }
}

#[test]
fn what_is_not_as_reviewed_does_not_run() -> Result<()> {
    let shop = Shop::new()?;
    shop.refused(
        "./guest.wasm:item.amount",
        &["guest.wasm", "limosa plugin install", "--sha256"],
    )?;
    shop.folder.install("./guest.wasm", &["item.amount"])?;
    // By its path or by its name: it is the same file.
    shop.check("./guest.wasm:item.amount")?.expect_code(1);
    let found = shop.check("guest:item.amount")?.expect_code(1).json()?;
    assert_eq!(found["checks"][0]["findings"]["bad"], 1, "{found:#}");
    shop.refused(
        "guest:item.other",
        &[
            "item (amount: amount)",
            "limosa plugin grant guest --bind 'item.other'",
        ],
    )?;
    let verify = |code| -> Result<Value> {
        let verify = ["plugin", "verify", "--format", "json"];
        shop.folder.limosa(verify).run()?.expect_code(code).json()
    };
    assert_eq!(verify(0)?["guest"], Value::Null);
    // One bit of the installed file.
    let digest = limosa_model::digest(&crate::hostile::well_behaved()?);
    let installed = format!("limosa-plugins/guest-0.1.0-{}.wasm", &digest[..12]);
    let installed = shop.folder.path().join(installed);
    let mut bytes = fs::read(&installed)?;
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&installed, &bytes)?;
    shop.refused("guest:item.amount", &["not those that were reviewed"])?;
    assert!(verify(1)?["guest"].is_string());
    let show = ["plugin", "show", "guest"];
    let shown = shop.folder.limosa(show).run()?.expect_code(1);
    assert!(
        shown.stderr.contains("its bytes are not those"),
        "{shown:?}"
    );
    // A letter of its description instead: what the file says now is shown, under a warning.
    let mut other = bytes.clone();
    other[last] ^= 1;
    let place = other.windows(5).rposition(|bytes| bytes == b"tests");
    other[place.unwrap_or_default()] ^= 0x20;
    fs::write(&installed, &other)?;
    let shown = shop.folder.limosa(show).run()?.expect_code(1).stdout;
    for words in [
        "It does not run: its bytes are not those",
        "A guest of the Tests",
    ] {
        assert!(shown.contains(words), "{shown}");
    }
    bytes[last] ^= 1;
    fs::write(&installed, &bytes)?;
    let revoke = ["plugin", "revoke", "guest", "--reason", "it finds too much"];
    shop.folder.limosa(revoke).run()?.expect_code(0);
    shop.refused("guest:item.amount", &["revoked", "it finds too much"])?;
    shop.folder
        .limosa(["plugin", "remove", "guest"])
        .run()?
        .expect_code(0);
    assert!(!installed.exists());
    shop.refused("guest:item.amount", &["there is no plugin guest"])
}

#[test]
fn an_install_says_what_stands_in_its_way() -> Result<()> {
    let shop = Shop::new()?;
    let install = |more: &[&str], parts: &[&str]| -> Result<()> {
        let arguments = ["plugin", "install", "./guest.wasm", "--format", "json"];
        let all = arguments.into_iter().chain(more.iter().copied());
        let outcome = shop.folder.limosa(all).run()?.expect_code(1);
        told(&outcome.json()?["errors"][0], parts);
        assert!(!shop.folder.path().join("limosa.lock").exists());
        Ok(())
    };
    install(&["--bind", "item.amount"], &["is not signed", "--sha256"])?;
    let wrong = "0".repeat(64);
    install(
        &["--bind", "item.amount", "--sha256", &wrong],
        &["was reviewed"],
    )?;
    let digest = shop.folder.digest("./guest.wasm")?;
    install(
        &["--bind", "item.amount,other", "--sha256", &digest],
        &["item.amount,other", "does not go with guest"],
    )?;
    install(
        &[
            "--bind",
            "item.amount",
            "--sha256",
            &digest,
            "--grant",
            "query",
        ],
        &["does not ask for it"],
    )
}

/// In words for a person, section by section; nothing of the file runs.
#[test]
fn what_a_reviewer_reads() -> Result<()> {
    let shop = Shop::new()?;
    let mut bytes = crate::hostile::well_behaved()?;
    for (name, text) in [
        ("source", "https://example.org/guest"),
        ("authors", "Somebody"),
    ] {
        crate::hostile::append_section(&mut bytes, name, text.as_bytes())?;
    }
    shop.folder.write("guest.wasm", bytes)?;
    let inspect = ["plugin", "inspect", "guest.wasm"];
    let shown = shop.folder.limosa(inspect).run()?.expect_code(0).stdout;
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = words(&shown);
    let mut rest = shown.as_str();
    for part in [
        "guest 0.1.0 A guest of the tests.",
        "kind check, scope row",
        "licence MIT",
        "interface limosa:plugin ^0.1.0",
        &format!("sha256 {}", shop.folder.digest("guest.wasm")?),
        "limits 8 MiB of memory, 500 ms a batch",
        "Asks for limosa:plugin/findings@0.1.0 names rows of its batches",
        "limosa:plugin/rows@0.1.0 reads the columns that it is bound to",
        "Offers limosa:plugin/checking@0.1.0 is called for each batch of rows",
        "Columns amount any type: The amount.",
        "Reports bad error: {columns} of {table} is bad.",
        "Made of, as the file says authors Somebody source https://example.org/guest",
        "dependencies the file does not say",
        "signature not signed",
    ] {
        let found = rest.find(part);
        assert!(found.is_some(), "no {part} in its place in {shown}");
        rest = &rest[found.unwrap_or_default()..];
    }
    Ok(())
}

/// The line that is missing is said.
#[test]
fn an_install_that_lacks_a_grant_says_which() -> Result<()> {
    let shop = Shop::new()?;
    shop.folder.write("look.wasm", probe("1.0.0", true)?)?;
    let digest = shop.folder.digest("./look.wasm")?;
    let install = [
        "plugin",
        "install",
        "./look.wasm",
        "--bind",
        "item.amount",
        "--sha256",
        &digest,
        "--format",
        "json",
    ];
    let refused = shop.folder.limosa(install).run()?.expect_code(1).json()?;
    let message = refused["errors"][0]["message"].as_str().unwrap_or_default();
    assert!(message.contains("--grant query"), "{refused:#}");
    assert!(!shop.folder.path().join("limosa.lock").exists());
    let granted = install.iter().chain(&["--grant", "query"]);
    shop.folder.limosa(granted).run()?.expect_code(0);
    Ok(())
}

/// A probe that does nothing, and asks for `query` if it is told to.
fn probe(version: &str, asks: bool) -> Result<Vec<u8>> {
    let query = r#"(import "limosa:plugin/query@0.1.0" "run" (func (param i32 i32) (result i32)))"#;
    let module = format!(
        r#"(module {} (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "limosa:plugin/probing@0.1.0#run") (result i32) (i32.const 0)))"#,
        if asks { query } else { "" }
    );
    let manifest = format!(
        "name = 'look'\nversion = '{version}'\ndescription = 'Looks.'\nlicense = 'MIT'\nkind = 'probe'\ninterface = '^0.1.0'\n[[roles]]\nname = 'amount'\ndescription = 'The amount.'\n[statements.count]\nany = 'SELECT count(*) AS n FROM {{table}}'\n"
    );
    crate::hostile::component("probe", &module, &manifest)
}

#[test]
fn an_update_that_asks_for_more_is_refused_until_that_is_granted() -> Result<()> {
    let shop = Shop::new()?;
    shop.folder.write("look.wasm", probe("1.0.0", false)?)?;
    shop.folder.install("./look.wasm", &["item.amount"])?;
    shop.check("look:item.amount")?.expect_code(0);
    shop.folder.write("look.wasm", probe("2.0.0", true)?)?;
    let update = |more: &[&str], code: i32| -> Result<Value> {
        let arguments = ["plugin", "update", "./look.wasm", "--format", "json"];
        let all = arguments.into_iter().chain(more.iter().copied());
        shop.folder.limosa(all).run()?.expect_code(code).json()
    };
    let looked = update(&[], 0)?;
    let changes = looked["changes"].as_array().map_or(&[][..], Vec::as_slice);
    let change = |what: &str| changes.iter().find(|change| change["what"] == what);
    assert_eq!(
        change("version").map(|change| &change["after"]),
        Some(&Value::from("2.0.0"))
    );
    assert!(change("interface query").is_some(), "{looked:#}");
    let digest = change("sha256")
        .and_then(|change| change["after"].as_str())
        .unwrap_or_default();
    let refused = update(&["--yes", "--sha256", digest], 1)?;
    assert_eq!(refused["errors"][0]["code"], "PLUG_001", "{refused:#}");
    let message = refused["errors"][0]["message"].as_str().unwrap_or_default();
    assert!(message.contains("--grant query"), "{message}");
    // Until then the old one runs on.
    shop.check("look:item.amount")?.expect_code(0);
    update(&["--yes", "--sha256", digest, "--grant", "query"], 0)?;
    let list = shop.folder.limosa(["plugin", "list", "--format", "json"]);
    let list = list.run()?.expect_code(0).json()?;
    assert_eq!(list["plugins"]["look"]["version"], "2.0.0", "{list:#}");
    shop.check("look:item.amount")?.expect_code(0);
    Ok(())
}

#[test]
fn only_a_trusted_key_signs() -> Result<()> {
    let shop = Shop::new()?;
    let run = |arguments: &[&str]| {
        shop.folder
            .limosa(arguments.iter().copied())
            .environment("LIMOSA_KEY_PASSWORD", "secret")
            .run()
    };
    run(&["plugin", "keygen", "team.key"])?.expect_code(0);
    run(&["plugin", "keygen", "other.key", "--without-password"])?.expect_code(0);
    // Keys that are there are not written over.
    run(&["plugin", "keygen", "team.key"])?.expect_code(1);
    let public = fs::read_to_string(shop.folder.path().join("team.key.pub"))?;
    let key = public.lines().nth(1).unwrap_or_default();
    let trust = |plugins: &str| {
        let text = format!(
            "[[plugins.signers]]\nname = 'platform team'\nkey = '{key}'\nplugins = ['{plugins}']\n"
        );
        shop.folder.write("limosa.toml", text)
    };
    let install = [
        "plugin",
        "install",
        "./guest.wasm",
        "--bind",
        "item.amount",
        "--allow-unsteady",
        "--format",
        "json",
    ];
    let refused = |part: &str| -> Result<()> {
        told(&run(&install)?.expect_code(1).json()?["errors"][0], &[part]);
        Ok(())
    };
    trust("gu*")?;
    run(&["plugin", "sign", "guest.wasm", "--key", "other.key"])?.expect_code(0);
    refused("platform team: the signature is not of this file by this key")?;
    run(&["plugin", "sign", "guest.wasm", "--key", "team.key"])?.expect_code(0);
    // Trusted, but not with this plugin.
    trust("ledger-*")?;
    refused("names nobody who may sign guest")?;
    // Nobody is trusted by an empty list.
    let nobody =
        format!("[[plugins.signers]]\nname = 'platform team'\nkey = '{key}'\nplugins = []\n");
    shop.folder.write("limosa.toml", nobody)?;
    refused("names nobody who may sign guest")?;
    trust("gu*")?;
    // Another file under the same signature.
    let whole = fs::read(shop.folder.path().join("guest.wasm"))?;
    shop.folder.write("guest.wasm", probe("1.0.0", false)?)?;
    refused("nobody who may sign look")?;
    shop.folder.write("guest.wasm", whole)?;
    let installed = run(&install)?.expect_code(0).json()?;
    assert_eq!(
        installed["review"]["signer"], "platform team",
        "{installed:#}"
    );
    Ok(())
}

/// The old key and the new one are trusted for a while; then the old one is taken out.
#[test]
fn a_key_is_changed() -> Result<()> {
    let shop = Shop::new()?;
    let run = |arguments: &[&str]| shop.folder.limosa(arguments.iter().copied()).run();
    let key = |name: &str| -> Result<String> {
        let made = run(&[
            "plugin",
            "keygen",
            name,
            "--without-password",
            "--format",
            "json",
        ])?;
        let made = made.expect_code(0).json()?;
        Ok(made["key"].as_str().unwrap_or_default().to_owned())
    };
    let signer = |name: &str, key: &str| {
        format!("[[plugins.signers]]\nname = '{name}'\nkey = '{key}'\nplugins = ['guest']\n")
    };
    let (old, new) = (
        signer("old", &key("old.key")?),
        signer("new", &key("new.key")?),
    );
    let install = [
        "plugin",
        "install",
        "./guest.wasm",
        "--bind",
        "item.amount",
        "--allow-unsteady",
        "--format",
        "json",
    ];
    let installed_by = |key: &str, signer: &str| -> Result<()> {
        let signed = run(&[
            "plugin",
            "sign",
            "guest.wasm",
            "--key",
            key,
            "--format",
            "json",
        ])?;
        assert_eq!(
            signed.expect_code(0).json()?["signature"],
            "guest.wasm.minisig"
        );
        let installed = run(&install)?.expect_code(0).json()?;
        assert_eq!(installed["review"]["signer"], signer, "{installed:#}");
        let removed = run(&["plugin", "remove", "guest", "--format", "json"])?;
        assert_eq!(removed.expect_code(0).json()?["removed"], true);
        Ok(())
    };
    shop.folder.write("limosa.toml", &old)?;
    installed_by("old.key", "old")?;
    shop.folder.write("limosa.toml", format!("{old}{new}"))?;
    installed_by("old.key", "old")?;
    installed_by("new.key", "new")?;
    shop.folder.write("limosa.toml", &new)?;
    installed_by("new.key", "new")?;
    run(&["plugin", "sign", "guest.wasm", "--key", "old.key"])?.expect_code(0);
    let refused = run(&install)?.expect_code(1).json()?;
    told(
        &refused["errors"][0],
        &["the signature is not of this file by this key"],
    );
    Ok(())
}

/// Revokes a plugin in the middle of a copy: the run stops at its next batch, and what was copied stays. Answers with the target, and with
/// what was run.
fn revoked_in_a_copy<'a>(
    folder: &WorkingFolder,
    source: &'a str,
    target: &'a str,
    plugin: &str,
    by: [&'a str; 2],
) -> Result<Vec<&'a str>> {
    let mut arguments = vec!["migrate", source, target, "--yes", "--format", "json"];
    arguments.extend(["--batch-size", "4000", "--on-finding", "report"]);
    arguments.extend(by);
    let running = folder.limosa(&arguments).start()?;
    let copied = || number(target, "SELECT count(*) FROM limosa_ledger").unwrap_or(0);
    let begun = Instant::now();
    while copied() == 0 && begun.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let revoke = ["plugin", "revoke", plugin, "--reason", "it finds too much"];
    folder.limosa(revoke).run()?.expect_code(0);
    let report = running.wait()?.expect_code(1).json()?;
    let words = [plugin, "revoked", "it finds too much"];
    told(&report["errors"][0], &words);
    assert_eq!(report["outcome"], "failed", "{report:#}");
    let chunks = copied();
    assert!((1..100).contains(&chunks), "{chunks} chunks of 100");
    Ok(arguments)
}

fn four_hundred_thousand(folder: &WorkingFolder) -> Result<String> {
    sqlite_file(
        &folder.path().join("source.sqlite"),
        "CREATE TABLE item (id INTEGER PRIMARY KEY, amount REAL);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) INSERT INTO item SELECT i, i FROM n;",
    )
}

/// The run goes on when somebody has looked at the plugin again.
#[test]
fn a_revocation_holds_from_the_next_batch() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let source = four_hundred_thousand(&folder)?;
    let target = MariadbServer::shared()?.create_database("revoked")?;
    folder.write("guest.wasm", crate::hostile::well_behaved()?)?;
    folder.install("./guest.wasm", &["item.amount"])?;
    let by = ["--check", "guest:item.amount"];
    let arguments = revoked_in_a_copy(&folder, &source, &target, "guest", by)?;
    folder.install("./guest.wasm", &["item.amount"])?;
    folder.limosa(arguments).run()?.expect_code(2);
    compare(&Side::new(&source, "item"), &Side::new(&target, "item"))?.expect_equal();
    Ok(())
}

#[test]
fn so_does_that_of_a_transform() -> Result<()> {
    let folder = WorkingFolder::new()?;
    let source = four_hundred_thousand(&folder)?;
    let target = MariadbServer::shared()?.create_database("revoked_transform")?;
    let by = ["--transform", "fixed-decimal:item.amount?scale=2"];
    let arguments = revoked_in_a_copy(&folder, &source, &target, "fixed-decimal", by)?;
    // One that is part of the program is looked at again like any other.
    let install = [
        "plugin",
        "install",
        "fixed-decimal",
        "--bind",
        "item.amount",
    ];
    folder.limosa(install).run()?.expect_code(1);
    let remove = ["plugin", "remove", "fixed-decimal"];
    folder.limosa(remove).run()?.expect_code(0);
    let unknown = folder.limosa(&arguments).run()?.expect_code(1).json()?;
    told(
        &unknown["errors"][0],
        &[
            "fixed-decimal is inside the program",
            "limosa plugin install fixed-decimal --bind",
        ],
    );
    folder.limosa(install).run()?.expect_code(0);
    folder.limosa(arguments).run()?.expect_code(0);
    let (rows, sum) = (
        number(&target, "SELECT count(*) FROM item")?,
        number(&target, "SELECT CAST(sum(amount) AS SIGNED) FROM item")?,
    );
    assert_eq!((rows, sum), (400_000, 80_000_200_000));
    Ok(())
}

#[test]
fn a_revocation_is_not_undone_in_passing() -> Result<()> {
    let shop = Shop::new()?;
    shop.folder.install("./guest.wasm", &["item.amount"])?;
    let run = |arguments: &[&str], code: i32| -> Result<Outcome> {
        let all = arguments.iter().copied().chain(["--format", "json"]);
        Ok(shop.folder.limosa(all).run()?.expect_code(code))
    };
    run(&["plugin", "revoke", "guest", "--reason", "it lies"], 0)?;
    let digest = limosa_model::digest(&crate::hostile::well_behaved()?);
    for refused in [
        vec![
            "plugin",
            "update",
            "./guest.wasm",
            "--yes",
            "--sha256",
            &digest,
        ],
        vec![
            "plugin",
            "install",
            "./guest.wasm",
            "--bind",
            "item.amount",
            "--sha256",
            &digest,
        ],
        vec!["plugin", "grant", "guest", "--bind", "item.other"],
    ] {
        let report = run(&refused, 1)?.json()?;
        told(&report["errors"][0], &["revoked guest", "it lies"]);
    }
    run(
        &[
            "plugin",
            "revoke",
            "negative-amounts",
            "--reason",
            "not here",
        ],
        0,
    )?;
    let report = run(&["plugin", "update", "negative-amounts", "--yes"], 1)?.json()?;
    told(
        &report["errors"][0],
        &["revoked negative-amounts", "not here"],
    );
    shop.refused("negative-amounts:item.amount", &["not here"])
}

/// Each adds its own line to what the others wrote.
#[test]
fn installs_at_once_all_stand_in_the_lock() -> Result<()> {
    let shop = Shop::new()?;
    let names = ["one", "two", "three", "four"];
    let mut running = Vec::new();
    for name in names {
        let manifest = format!(
            "name = '{name}'\nversion = '1.0.0'\ndescription = 'Looks.'\nlicense = 'MIT'\nkind = 'probe'\ninterface = '^0.1.0'\n[[roles]]\nname = 'amount'\ndescription = 'The amount.'\n[statements.count]\nany = 'SELECT count(*) AS n FROM {{table}}'\n"
        );
        let module = r#"(module (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "limosa:plugin/probing@0.1.0#run") (result i32) (i32.const 0)))"#;
        let bytes = crate::hostile::component("probe", module, &manifest)?;
        let file = format!("{name}.wasm");
        shop.folder.write(&file, &bytes)?;
        let digest = limosa_model::digest(&bytes);
        let file = format!("./{file}");
        let install = [
            "plugin",
            "install",
            &file,
            "--sha256",
            &digest,
            "--bind",
            "item.amount",
        ];
        running.push(shop.folder.limosa(install).start()?);
    }
    for running in running {
        running.wait()?.expect_code(0);
    }
    let list = shop.folder.limosa(["plugin", "list", "--format", "json"]);
    let list = list.run()?.expect_code(0).json()?;
    for name in names {
        assert_eq!(
            list["plugins"][name]["version"], "1.0.0",
            "{name}: {list:#}"
        );
    }
    Ok(())
}

#[test]
fn a_lock_that_no_install_wrote() -> Result<()> {
    let shop = Shop::new()?;
    shop.folder.install("./guest.wasm", &["item.amount"])?;
    let path = shop.folder.path().join("limosa.lock");
    let written = fs::read_to_string(&path)?;
    shop.folder.write("victim.wasm", "mine")?;
    let check = |from: &str, to: &str, part: &str| -> Result<()> {
        fs::write(&path, written.replace(from, to))?;
        let outcome = shop
            .folder
            .limosa(["plugin", "remove", "guest"])
            .run()?
            .expect_code(1);
        assert!(outcome.stderr.contains(part), "{}", outcome.stderr);
        Ok(())
    };
    let digest = limosa_model::digest(&crate::hostile::well_behaved()?);
    let file = format!("limosa-plugins/guest-0.1.0-{}.wasm", &digest[..12]);
    check(&file, "limosa-plugins/../victim.wasm", "its file must be")?;
    check(&file, "/dev/zero", "its file must be")?;
    check(
        "reason = \"a test\"",
        "reason = \"a \\u001b[2J test\"",
        "does not see",
    )?;
    assert!(shop.folder.path().join("victim.wasm").exists());
    // Another name, and another version, than the plugin's own.
    fs::write(
        &path,
        written
            .replace("[plugins.guest]", "[plugins.ledger]")
            .replace("[plugins.guest.", "[plugins.ledger.")
            .replace("[[plugins.guest.", "[[plugins.ledger."),
    )?;
    shop.refused("ledger:item.amount", &["it says that it is guest"])?;
    Ok(())
}
