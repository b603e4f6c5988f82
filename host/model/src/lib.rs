//! The vocabulary of Limosa: what every other crate speaks of, as plain data and pure functions.
//!
//! No I/O and no clock. The few traits here (`Lookup`, `Observer`, `Permit`) are those that one crate calls and another implements.
//!
//! ```
//! use limosa_model::{TableName, Value};
//! let table: TableName = "sales.invoice".parse().unwrap();
//! assert_eq!(table.schema(), Some("sales"));
//! assert_eq!(Value::Integer(5).to_string(), "5");
//! ```

mod batch;
mod batch_builder;
mod calendar;
mod canonical;
mod catalogue;
mod check;
mod code;
mod column_type;
mod conversion;
mod decimal;
mod digest;
mod event;
mod fidelity;
mod finding;
mod fit;
mod lookup;
mod name;
mod observer;
mod own;
mod permit;
mod plan;
mod profile;
mod range;
mod report;
mod stage;
mod state;
mod treatment;
mod usage;
mod value;

pub use batch::{Batch, Exception, Field, MAX_BATCH_BYTES, MAX_BATCH_ROWS, Shape};
pub use batch_builder::BatchBuilder;
pub use calendar::{
    date_from_parts, date_from_text, date_to_text, time_from_text, time_to_text,
    timestamp_from_text, timestamp_to_text, write_date, write_time, write_timestamp,
};
pub use canonical::{RowHasher, RowSum};
pub use catalogue::{
    Catalogue, CheckConstraint, Clock, Collation, Column, ColumnDefault, Engine, ForeignKey,
    Generated, Index, IndexColumn, NotCarried, OwnType, ReferentialAction, Table,
};
pub use check::{CheckBinding, CheckKind, LookupTarget, MadeTable, TransformBinding};
pub use code::{CODES, Code};
pub use column_type::ColumnType;
pub use conversion::{Converted, append, convert, is_json, uuid_of_digits};
pub use decimal::{
    Digits, canonical_number, decimal_from_float, decimal_from_text, decimal_to_float,
    decimal_to_text, number_from_float, wide_from_text, write_decimal,
};
pub use digest::digest;
pub use event::{Event, EventKind, Hash};
pub use fidelity::{ColumnFidelity, Fidelity, Form};
pub use finding::{CheckOutcome, CodeFindings, Finding, Severity, Verdict};
pub use fit::{Fit, Misfit, is_canonical_uuid};
pub use lookup::{Lookup, LookupError, Query};
pub use name::{MigrationId, TableName};
pub use observer::{Observer, Progress, Silent};
pub use own::Own;
pub use permit::Permit;
pub use plan::{ColumnPlan, Plan, TablePlan, Why};
pub use profile::ColumnProfile;
pub use range::{Key, KeyRange};
pub use report::{
    Allowed, CheckReport, ErrorReport, Outcome, Report, Sample, StageReport, TableReport,
    TransformReport,
};
pub use stage::{Stage, StageOutcome};
pub use state::{IllegalTransition, MigrationState, Phase};
pub use treatment::{ColumnTreatment, Epoch, OnMisfit, Rounding, Treatment, Treatments, place_of};
pub use usage::Usage;
pub use value::Value;
