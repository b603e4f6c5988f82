//! The error codes that a person can look up, each with cause and remedy; `host/cli/docs/errors.md` repeats this table.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($name:ident $text:literal $cause:literal $remedy:literal;)*) => {
        /// An error code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "the table below documents each")]
        pub enum Code { $(#[serde(rename = $text)] $name,)* }

        /// All codes.
        pub const CODES: &[Code] = &[$(Code::$name,)*];

        impl Code {
            /// As written: `DATA_001`.
            pub fn text(self) -> &'static str { match self { $(Self::$name => $text,)* } }
            /// What is behind it.
            pub fn cause(self) -> &'static str { match self { $(Self::$name => $cause,)* } }
            /// What to do.
            pub fn remedy(self) -> &'static str { match self { $(Self::$name => $remedy,)* } }
        }
    };
}

codes! {
    Connection "CONN_001" "A database cannot be reached, or the connection broke."
        "See that the server runs, and that host, port, user, password and database in the URL are right; then run the same command again.";
    Privilege "PERM_001" "The database user may not do what is needed, or a file or folder may not be read or written."
        "Grant the privilege that the message names, or use a user that has it.";
    Disk "DISK_001" "There is no room left on a disk."
        "Make room on the disk that the message names; then run the same command again: it resumes.";
    Memory "MEM_001" "There is not enough memory."
        "Make memory available, or lower --batch-size.";
    Time "TIME_001" "Something took longer than it may."
        "Run the same command again; raise the limit that the message names if it is too low for this database.";
    Data "DATA_001" "A value cannot be carried exactly."
        "Mend the value in the source, leave the table out with --exclude, or bind a transform to the column.";
    Difference "DATA_002" "Source and target are not equal."
        "Read the differing rows in the report; if an application wrote to either side meanwhile, stop it and run again.";
    Unreadable "DATA_003" "The database is damaged or is not a database."
        "Check the path; for SQLite run `PRAGMA integrity_check`, and restore a backup if it finds damage.";
    Rollback "ROLL_001" "What a failed run created could not be removed."
        "Remove by hand what the message names, or run `limosa rollback` once the target can be reached again.";
    Plan "PLAN_001" "The configuration does not fit the databases."
        "Correct what the message names; `limosa plan` shows what is there.";
    TargetNotEmpty "PLAN_002" "The target already holds tables that the migration would create."
        "Use an empty target, leave the tables out with --exclude, or drop them yourself if they are not needed.";
    Configuration "CONF_001" "The configuration file or a command line option cannot be understood."
        "Correct the line that the message names; `limosa init` writes a commented example.";
    Lock "LOCK_001" "Another migration holds the target, or the database is locked."
        "Wait for the holder that the message names, or end it; its lease runs out by itself when it is dead.";
    LeaseLost "LOCK_002" "Another host took this migration over while this one was away."
        "Nothing is to be done here: look at the other host with `limosa status`.";
    Plugin "PLUG_001" "A plugin cannot be used."
        "Correct what the message names: the file, the binding, the settings or a grant.";
    Inconclusive "PLUG_002" "A plugin was stopped before it had seen everything, so nothing may be concluded from it."
        "Read the reason; mend or update the plugin, or run without it if you can answer for that.";
    Review "PLUG_003" "A plugin is not installed, or not as it was reviewed."
        "Look at it with `limosa plugin inspect`, then install, update or grant what the message names.";
    Findings "CHECK_001" "A check found rows that are wrong."
        "Mend the rows in the source, accept them with --baseline, or migrate with --on-finding report.";
    Journal "JRNL_001" "The journal cannot be read or written, or was changed."
        "Check the state folder; the databases themselves know what was copied, so a lost journal loses no row.";
    Interrupted "STOP_001" "The run was asked to stop."
        "Run the same command to go on, or `limosa rollback` to remove what was copied.";
    Internal "BUG_001" "Limosa did something that it should never do."
        "Please report it with the log file; the databases are as the message says.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
