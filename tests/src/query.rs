//! Small questions and statements to any database by the URL that Limosa takes, past Limosa.

use anyhow::{Result, bail};
use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::block_on;

/// The one number that a query answers with.
pub fn number(url: &str, sql: &str) -> Result<i64> {
    let sql = AssertSqlSafe(sql.to_owned());
    block_on(async {
        Ok(match url.split(':').next() {
            Some("sqlite") => {
                sqlx::query_scalar(sql)
                    .fetch_one(&mut sqlite(url).await?)
                    .await?
            }
            Some("postgres") => {
                sqlx::query_scalar(sql)
                    .fetch_one(&mut PgConnection::connect(url).await?)
                    .await?
            }
            Some("mysql") => {
                sqlx::query_scalar(sql)
                    .fetch_one(&mut MySqlConnection::connect(url).await?)
                    .await?
            }
            _ => bail!("no questions to the URL {url}"),
        })
    })
}

/// Runs statements in a SQLite file, which is made where it is missing, and returns its URL.
pub fn sqlite_file(path: &std::path::Path, statements: &str) -> Result<String> {
    let url = format!("sqlite:{}", path.display());
    block_on(async {
        let mut connection = sqlite(&url).await?;
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(url.clone())
    })
}

async fn sqlite(url: &str) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(url.trim_start_matches("sqlite:"))
        .create_if_missing(true);
    Ok(options.connect().await?)
}
