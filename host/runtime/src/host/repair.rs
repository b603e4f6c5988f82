//! The file of statements that would make the target equal to the source.

use std::fs::Permissions;
use std::io::{self, Seek, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use limosa_database::script::{Script, comment};
use limosa_model::TablePlan;
use limosa_scheduler::{Repair, Written};
use tempfile::{NamedTempFile, SpooledTempFile};

use crate::{Error, Result};

/// Statements of one table up to this size are held in memory; longer ones wait in a temporary file.
const HELD: usize = 1 << 20;

/// The statements, table by table. The file is there when all of them are.
pub(super) struct RepairFile<'a> {
    path: &'a Path,
    file: NamedTempFile,
    tables: Vec<(SpooledTempFile, SpooledTempFile)>,
    /// Statements that come last: what tables that got rows will number the next one.
    ends: Vec<String>,
    /// What the statements do not mend.
    remarks: Vec<String>,
    pub(super) written: Written,
}

impl<'a> RepairFile<'a> {
    /// Sees that the file can be made, before anything is read.
    pub(super) fn create(path: &'a Path) -> Result<Self> {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let file = tempfile::Builder::new()
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .map_err(|error| unwritten(path, error))?;
        Ok(Self {
            path,
            file,
            tables: Vec::new(),
            ends: Vec::new(),
            remarks: Vec::new(),
            written: Written::default(),
        })
    }

    /// Where the statements of the next table go; tables come after those that they refer to.
    pub(super) fn next<'b>(
        &'b mut self,
        table: &TablePlan,
        dialect: &'b dyn Script,
    ) -> Result<Repair<'b>> {
        let spool = || SpooledTempFile::new(HELD);
        self.ends.extend(dialect.restart_identity(table));
        self.tables.push((spool(), spool()));
        let Some((deletes, inserts)) = self.tables.last_mut() else {
            return Err(unwritten(self.path, io::ErrorKind::NotFound.into()));
        };
        Ok(Repair {
            dialect,
            deletes,
            inserts,
            written: &mut self.written,
        })
    }

    /// Says what the statements do not mend.
    pub(super) fn remark(&mut self, text: String) {
        self.remarks.push(text);
    }

    /// Puts them together: rows are removed from children first, and put into parents first. Answers with what there is to say.
    pub(super) fn finish(mut self, dialect: &dyn Script, sides: (&str, &str)) -> Result<String> {
        let path = self.path;
        self.write(dialect, sides)
            .and_then(|()| self.file.as_file().sync_all())
            .map_err(|error| unwritten(path, error))?;
        let said = self.said();
        self.file
            .persist(path)
            .map_err(|error| unwritten(path, error.error))?;
        Ok(said)
    }

    fn said(&self) -> String {
        let Written {
            statements,
            left_out,
        } = self.written;
        let mut said = format!(
            "{statements} statements that bring the target nearer to the source are in {}",
            self.path.display()
        );
        if left_out > 0 {
            said += &format!("; {left_out} rows have none, and the file says why");
        }
        for remark in &self.remarks {
            said += &format!("; {remark}");
        }
        said
    }

    fn write(&mut self, dialect: &dyn Script, (source, target): (&str, &str)) -> io::Result<()> {
        let Written {
            statements,
            left_out,
        } = self.written;
        let out = &mut self.file;
        let what = format!(
            "What makes {target} equal to {source}: {statements} statements, {left_out} rows without one."
        );
        writeln!(out, "{}", comment(&what))?;
        for remark in &self.remarks {
            writeln!(out, "{}", comment(&format!("Not mended: {remark}")))?;
        }
        writeln!(
            out,
            "-- Read them, run them while nobody writes into either database, and compare again."
        )?;
        if statements == 0 {
            return Ok(());
        }
        writeln!(out, "{}", dialect.head())?;
        for (deletes, _) in self.tables.iter_mut().rev() {
            deletes.rewind()?;
            io::copy(deletes, out)?;
        }
        for (_, inserts) in &mut self.tables {
            inserts.rewind()?;
            io::copy(inserts, out)?;
        }
        for end in &self.ends {
            writeln!(out, "{end};")?;
        }
        writeln!(out, "COMMIT;")
    }
}

fn unwritten(path: &Path, error: io::Error) -> Error {
    Error::file(format!("write {}", path.display()), error)
}
