//! A plugin at an https address: its bytes, and the signature beside it.

use std::io::Read as _;
use std::time::Duration;

use ureq::http::Response;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::file::LARGEST;
use crate::{Error, Result};

/// From the connection to the last byte: a component of 64 MiB by a slow line.
const PATIENCE: Duration = Duration::from_secs(300);
const CONNECT: Duration = Duration::from_secs(15);
/// A repository may send its visitors to the place of its files.
const REDIRECTS: u32 = 5;
/// A signature of minisign has some 400 bytes.
const SIGNATURE: u64 = 8 << 10;
/// Nothing there; some stores say that they do not tell.
const NOT_THERE: [u16; 3] = [403, 404, 410];
/// Which certificates are believed where it is not those of the public web, as for OpenSSL.
const CERTIFICATES: &str = "SSL_CERT_FILE";

/// Whether that is an address rather than a file.
pub(super) fn is_address(what: &str) -> bool {
    what.contains("://")
}

/// An address without what it may hold of secrets: user, password and query. What is no address stays as it is.
pub(super) fn shown(what: &str) -> String {
    let Some((scheme, rest)) = what.split_once("://") else {
        return what.to_owned();
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

/// The plugin at this address, and what signs it, if something does.
///
/// # Errors
/// If it is not https, does not answer in time, or is larger than a plugin.
pub(super) fn fetch(address: &str) -> Result<(Vec<u8>, Option<String>)> {
    if !address.to_ascii_lowercase().starts_with("https://") {
        return Err(Error::configuration(format!(
            "{} is no https address: what comes by another way may be changed on its way",
            shown(address)
        )));
    }
    let agent: Agent = Agent::config_builder()
        .https_only(true)
        .max_redirects(REDIRECTS)
        .timeout_global(Some(PATIENCE))
        .timeout_connect(Some(CONNECT))
        .http_status_as_error(false)
        .user_agent(concat!("limosa/", env!("CARGO_PKG_VERSION")))
        .tls_config(TlsConfig::builder().root_certs(believed()?).build())
        .build()
        .into();
    let plugin = get(&agent, address, LARGEST)?
        .ok_or_else(|| Error::configuration(format!("there is nothing at {}", shown(address))))?;
    let (path, query) = address.split_at(address.find(['?', '#']).unwrap_or(address.len()));
    let signature = get(&agent, &format!("{path}.minisig{query}"), SIGNATURE)?;
    let signature = signature.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok((plugin, signature))
}

/// What is at an address; `None`: nothing.
fn get(agent: &Agent, address: &str, most: u64) -> Result<Option<Vec<u8>>> {
    let place = shown(address);
    let failed = |source: ureq::Error| Error::Fetch {
        address: place.clone(),
        source: source.into(),
    };
    let answer: Response<Body> = agent.get(address).call().map_err(failed)?;
    let status = answer.status();
    if NOT_THERE.contains(&status.as_u16()) {
        return Ok(None);
    }
    if !status.is_success() {
        return Err(Error::configuration(format!(
            "{place} was answered with the status {status}"
        )));
    }
    let mut bytes = Vec::new();
    answer
        .into_body()
        .into_reader()
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| Error::Fetch {
            address: place.clone(),
            source: source.into(),
        })?;
    if bytes.len() as u64 > most {
        return Err(Error::configuration(format!(
            "{place} has more than {most} bytes, which is no plugin nor a signature"
        )));
    }
    Ok(Some(bytes))
}

/// The certificates of the public web, or those of a file that the environment names.
fn believed() -> Result<RootCerts> {
    let Some(path) = std::env::var_os(CERTIFICATES) else {
        return Ok(RootCerts::WebPki);
    };
    let place = path.to_string_lossy().into_owned();
    let bytes = std::fs::read(&path).map_err(|error| {
        Error::file(
            format!("read the certificates {place} ({CERTIFICATES})"),
            error,
        )
    })?;
    let certificates: std::result::Result<Vec<Certificate<'static>>, ureq::Error> =
        ureq::tls::parse_pem(&bytes)
            .filter_map(|item| match item {
                Ok(ureq::tls::PemItem::Certificate(certificate)) => Some(Ok(certificate)),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            })
            .collect();
    let certificates = certificates.map_err(|error| {
        Error::configuration(format!(
            "{place} ({CERTIFICATES}) holds no certificates: {error}"
        ))
    })?;
    Ok(RootCerts::new_with_certs(&certificates))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn no_secret_is_shown() {
        let check = |address: &str, expected: &str| assert_eq!(shown(address), expected);
        check(
            "https://user:geheim@shop.example:8443/a/x.wasm?token=abc#part",
            "https://shop.example:8443/a/x.wasm",
        );
        check("https://u@p@host", "https://host");
        check("https://host?token=a/b@c", "https://host");
        check("./x.wasm", "./x.wasm");
    }
}
