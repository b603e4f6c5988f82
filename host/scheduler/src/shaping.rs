//! Runs the transforms of a table over a batch, and puts the rows together that the target is to have.
//!
//! A transform sees the columns that it is bound to. What it gives is joined by origin with the columns that it never saw.

use std::collections::{BTreeMap, BTreeSet};

use limosa_model::{Batch, Code, Exception, TablePlan};
use limosa_plugin::{TransformSession, Transformed};

use crate::transforms::Transform;
use crate::{Error, Result};

/// A transform at work.
pub(crate) struct Step<'a> {
    transform: &'a Transform,
    session: TransformSession,
}

/// What the transforms made of a batch.
pub(crate) struct Shaped {
    pub(crate) rows: Batch,
    /// Which row that was read each comes from, ascending; `None`: one for one.
    pub(crate) origins: Option<Vec<u32>>,
    /// The rows of which there are none, by their number.
    pub(crate) refused: BTreeMap<usize, Refused>,
}

impl Shaped {
    /// The row that was read of which a row is made.
    pub(crate) fn origin(&self, row: usize) -> usize {
        match &self.origins {
            None => row,
            Some(origins) => origins[row] as usize,
        }
    }
}

/// Why a row was refused.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// Which transform, as its binding is written.
    pub(crate) by: String,
    /// The columns that it saw.
    pub(crate) columns: Vec<String>,
    /// The manifest's code, and what it means.
    pub(crate) code: String,
    pub(crate) meaning: String,
}

impl<'a> Step<'a> {
    pub(crate) fn new(transform: &'a Transform) -> Result<Self> {
        Ok(Self {
            transform,
            session: transform.bound.transform(&transform.outputs)?,
        })
    }

    fn makes_a_table(&self) -> bool {
        self.transform.into.is_some()
    }
}

/// What a step made, and which of its rows go on.
struct Piece<'a> {
    transform: &'a Transform,
    made: Transformed,
}

/// The rows of a table, made of a batch of one of its readings.
///
/// # Errors
/// If a transform fails, or gives other rows than its binding allows.
pub(crate) async fn shape(
    steps: &mut [Step<'_>],
    batch: Batch,
    table: &TablePlan,
    reading: &TablePlan,
) -> Result<Shaped> {
    let mut pieces = Vec::with_capacity(steps.len());
    let mut refused = BTreeMap::new();
    for step in &mut *steps {
        let transform = step.transform;
        transform.bound.plugin().permitted()?;
        let made = step.session.apply(&batch).await?;
        for (row, code) in &made.refused {
            refused.entry(*row as usize).or_insert_with(|| Refused {
                by: transform.bound.check_name().to_owned(),
                columns: transform.columns.clone(),
                code: code.clone(),
                meaning: transform.meaning(code),
            });
        }
        if !step.makes_a_table() {
            refuse_more(transform, &made, batch.len())?;
        }
        pieces.push(Piece { transform, made });
    }
    let gone: BTreeSet<usize> = refused.keys().copied().collect();
    let origins = origins(&pieces, &batch, &gone);
    let places = |piece: &Piece<'_>| places(piece, origins.as_deref(), &gone);
    let by_piece: Vec<Option<Vec<u32>>> = pieces.iter().map(places).collect();
    let rows = origins.as_ref().map_or(batch.len(), Vec::len);
    let mut columns = Vec::with_capacity(table.columns.len());
    let mut exceptions = Vec::new();
    for (position, column) in table.columns.iter().enumerate() {
        let given = pieces
            .iter()
            .zip(&by_piece)
            .rev()
            .find_map(|(piece, places)| {
                let outputs = &piece.transform.outputs;
                let output = outputs
                    .iter()
                    .position(|output| output.name == column.name)?;
                Some((&piece.made.rows, output, places))
            });
        let along = || {
            let position = reading
                .columns
                .iter()
                .position(|read| read.name == column.name);
            position.map(|position| (&batch, position, &origins))
        };
        let (from, of, places) = given.or_else(along).ok_or_else(|| {
            let message = format!(
                "nothing gives the column {} of table {}",
                column.name, table.source
            );
            Error::refused(Code::Internal, message)
        })?;
        columns.push(match places {
            None => from.column(of).clone(),
            Some(places) => from
                .taken(of, places)
                .map_err(|error| broken(table, &error))?,
        });
        exceptions.extend(exceptions_of(from, of, places.as_deref(), position));
    }
    exceptions.sort_by_key(|exception| (exception.row, exception.column));
    let rows = Batch::new(table.carried_shape(), columns, rows, exceptions);
    Ok(Shaped {
        rows: rows.map_err(|error| broken(table, &error))?,
        origins,
        refused,
    })
}

/// An error if a transform that changes columns made more rows of one.
fn refuse_more(transform: &Transform, made: &Transformed, rows: usize) -> Result<()> {
    if made.origins.windows(2).all(|pair| pair[0] < pair[1]) {
        return Ok(());
    }
    let message = format!(
        "the transform {} gave {} rows for {rows}; where it may make more, its binding says by which columns they are told apart: =>{}.KEY",
        transform.bound.check_name(),
        made.rows.len(),
        transform.table
    );
    Err(Error::refused(Code::Plugin, message))
}

/// Which row each row of the outcome comes from; `None`: one for one.
fn origins(pieces: &[Piece<'_>], batch: &Batch, gone: &BTreeSet<usize>) -> Option<Vec<u32>> {
    let stays = |row: &u32| !gone.contains(&(*row as usize));
    let shaper = pieces.iter().find(|piece| piece.transform.into.is_some());
    match shaper {
        Some(piece) => {
            let origins: Vec<u32> = piece.made.origins.iter().copied().filter(stays).collect();
            let is_same = origins.len() == batch.len()
                && (0..)
                    .zip(&origins)
                    .all(|(row, origin): (u32, &u32)| row == *origin);
            (!is_same).then_some(origins)
        }
        None if gone.is_empty() => None,
        None => Some((0..).take(batch.len()).filter(stays).collect()),
    }
}

/// Where the rows of the outcome stand in a piece; `None`: in the same places.
fn places(piece: &Piece<'_>, origins: Option<&[u32]>, gone: &BTreeSet<usize>) -> Option<Vec<u32>> {
    let origins = origins?;
    let own = (0..).zip(&piece.made.origins);
    if piece.transform.into.is_some() {
        let stays = own.filter(|(_, origin)| !gone.contains(&(**origin as usize)));
        return Some(stays.map(|(place, _)| place).collect());
    }
    // Both ascend, and each row that stays is there once.
    let mut own = own.peekable();
    let mut place_of = |origin: u32| {
        while own.next_if(|(_, row)| **row < origin).is_some() {}
        own.peek().map_or(0, |(place, _)| *place)
    };
    Some(origins.iter().map(|origin| place_of(*origin)).collect())
}

fn exceptions_of(
    batch: &Batch,
    column: usize,
    places: Option<&[u32]>,
    position: usize,
) -> Vec<Exception> {
    let of_column = batch.exceptions().iter();
    let of_column = of_column.filter(|exception| exception.column == column);
    let at = |row: usize, exception: &Exception| Exception {
        row,
        column: position,
        value: exception.value.clone(),
    };
    match places {
        None => of_column
            .map(|exception| at(exception.row, exception))
            .collect(),
        Some(places) => {
            let by_row: BTreeMap<usize, &Exception> = of_column
                .map(|exception| (exception.row, exception))
                .collect();
            if by_row.is_empty() {
                return Vec::new();
            }
            let found = places
                .iter()
                .enumerate()
                .filter_map(|(row, place)| Some(at(row, by_row.get(&(*place as usize))?)));
            found.collect()
        }
    }
}

fn broken(table: &TablePlan, error: &dyn std::fmt::Display) -> Error {
    let message = format!("table {} cannot be put together: {error}", table.source);
    Error::refused(Code::Internal, message)
}
