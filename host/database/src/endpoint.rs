//! Which database a URL means, and how to speak of it without its password.

use std::fmt;

use limosa_model::Engine;
use url::Url;

use crate::{Error, Result};

/// A database as its URL names it.
#[derive(Clone)]
pub struct Endpoint {
    engine: Engine,
    url: String,
    redacted: String,
}

impl Endpoint {
    /// Understands `sqlite:PATH`, `postgres://…` and `mysql://…` (also `postgresql://`, `mariadb://`).
    ///
    /// # Errors
    /// If the URL has another form; the message never repeats a password.
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(rest) = text.strip_prefix("sqlite:") {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            if path.is_empty() {
                return Err(wrong("sqlite:", "the path is missing; write sqlite:PATH"));
            }
            return Ok(Self {
                engine: Engine::Sqlite,
                url: path.to_owned(),
                redacted: format!("sqlite:{path}"),
            });
        }
        if !text.contains([':', '@']) && std::path::Path::new(text).exists() {
            let reason = format!("a SQLite file is named by its URL: sqlite:{text}");
            return Err(wrong(text, &reason));
        }
        let mut url = Url::parse(text).map_err(|error| {
            // A text that is no URL may still hold a password: only what stands before the first colon is shown.
            let shown = text.split_once(':').map_or("it", |(scheme, _)| scheme);
            let form = "write sqlite:PATH, postgres://USER:PASSWORD@HOST/DATABASE or mysql://USER:PASSWORD@HOST/DATABASE";
            wrong(&format!("{shown}…"), &format!("{error}; {form}"))
        })?;
        let engine = match url.scheme() {
            "postgres" | "postgresql" => Engine::Postgres,
            "mysql" | "mariadb" => Engine::Mysql,
            other => {
                let reason = format!(
                    "`{other}` is no engine known here; write sqlite:, postgres:// or mysql://"
                );
                return Err(wrong(&format!("{other}:…"), &reason));
            }
        };
        if !text[url.scheme().len()..].starts_with("://") {
            // `mysql:/ann:secret@host/d` is a path without a host to this reader: nothing of it may be shown.
            let reason = format!(
                "`//` is missing; write {}://USER:PASSWORD@HOST/DATABASE",
                url.scheme()
            );
            return Err(wrong(&format!("{}:…", url.scheme()), &reason));
        }
        let driver_url = match (engine, url.as_str().split_once("://")) {
            (Engine::Mysql, Some((_, rest))) => format!("mysql://{rest}"),
            _ => url.as_str().to_owned(),
        };
        if url.path().trim_start_matches('/').is_empty() {
            let _ = url.set_password(None);
            url.set_query(None);
            return Err(wrong(
                url.as_str(),
                "it names no database; write it after the host: …@HOST/DATABASE",
            ));
        }
        if url.password().is_some() {
            // Cannot fail: there is a host, or there would be no password.
            let _ = url.set_password(Some("***"));
        }
        // Options may hold secrets too (`sslkey`, `password`).
        url.set_query(None);
        Ok(Self {
            engine,
            url: driver_url,
            redacted: url.into(),
        })
    }

    /// The engine.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The URL, or the path for SQLite, as the driver wants it. Holds the password.
    pub(crate) fn secret(&self) -> &str {
        &self.url
    }
}

fn wrong(url: &str, reason: &str) -> Error {
    Error::Url {
        url: url.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Without password and options.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.redacted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_what_is_shown_of_them() {
        let check = |text: &str, engine, shown: &str| {
            let endpoint = Endpoint::parse(text).unwrap();
            assert_eq!(
                (endpoint.engine(), endpoint.to_string().as_str()),
                (engine, shown)
            );
        };
        check("sqlite:a/b.sqlite", Engine::Sqlite, "sqlite:a/b.sqlite");
        check("sqlite:///tmp/b", Engine::Sqlite, "sqlite:/tmp/b");
        check(
            "postgres://u:secret@h:5/d?sslpassword=x",
            Engine::Postgres,
            "postgres://u:***@h:5/d",
        );
        check(
            "mariadb://u:secret@h/d",
            Engine::Mysql,
            "mariadb://u:***@h/d",
        );
        assert_eq!(
            Endpoint::parse("mariadb://u:p@h/d").unwrap().secret(),
            "mysql://u:p@h/d"
        );
    }

    #[test]
    fn a_wrong_url_does_not_show_its_password() {
        for text in [
            "postgres://u:secret@h",
            "oracle://u:secret@h/d",
            "u:secret@h",
            "postgres://u:secret@h:port/d",
            "sqlite:",
        ] {
            let error = Endpoint::parse(text).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
