//! Transforms: what they hand back is taken whole and right, or not at all.

use limosa_model::{BatchBuilder, ColumnType, Field, Shape, Value};
use limosa_plugin::{Bound, Transformed};

use crate::guests::{MANIFEST, batch, component, fields, others_still_work, runtime, transform};

fn bound(open: &str, apply: &str) -> Bound {
    let manifest = MANIFEST.replace("kind = 'check'", "kind = 'transform'");
    let plugin = runtime()
        .load(
            &component("transform", &transform(open, apply), &manifest),
            "guest",
        )
        .unwrap();
    plugin
        .bind(&"guest:t.amount".parse().unwrap(), &fields())
        .unwrap()
}

async fn apply(body: &str) -> Result<Transformed, String> {
    let bound = bound("", body);
    let outputs = bound.outputs().await.unwrap();
    assert_eq!(
        outputs,
        [Field {
            name: "amount".into(),
            column_type: ColumnType::Integer { bytes: 8 },
            nullable: true
        }]
    );
    let mut session = bound.transform(&outputs).unwrap();
    session
        .apply(&batch(0..10))
        .await
        .map_err(|error| error.to_string())
}

async fn refused(body: &str, reason: &str) {
    let error = apply(body).await.unwrap_err();
    assert_eq!(
        error,
        format!("the plugin `guest` stopped on table t, batch 1: {reason}")
    );
    others_still_work().await;
}

const ALL: &str = "(call $integers (local.get $builder) (i32.const 0) (i32.const 8192) (call $length (local.get $batch)) (i32.const 0) (i32.const 0) (i32.const 0))";
const NINE: &str = "(call $integers (local.get $builder) (i32.const 0) (i32.const 8192) (i32.const 9) (i32.const 0) (i32.const 0) (i32.const 0))";
const REFUSE_3: &str = "(call $refuse (local.get $builder) (i32.const 3000) (i32.const 1) (i32.const 1024) (i32.const 3))";

#[tokio::test]
async fn every_row_is_carried_or_refused() {
    let whole = apply(ALL).await.unwrap();
    assert_eq!(
        (
            whole.rows.len(),
            whole.rows.value(9, 0),
            whole.origins.len()
        ),
        (10, Value::Integer(0), 10)
    );
    let part = apply(&format!("{NINE} {REFUSE_3}")).await.unwrap();
    assert_eq!(part.refused, [(3, "bad".to_owned())]);
    assert_eq!(part.origins, [0, 1, 2, 4, 5, 6, 7, 8, 9]);
}

#[tokio::test]
async fn what_does_not_add_up_is_refused() {
    refused("", "it did not set the output column `amount`").await;
    refused(
        NINE,
        "output column `amount`: 9 values were set for 10 rows",
    )
    .await;
    refused(
        &format!("{ALL} {ALL}"),
        "it set output column 0, which is already set",
    )
    .await;
    refused(
        &format!("{ALL} {REFUSE_3} {REFUSE_3}"),
        "it refused row 3 twice",
    )
    .await;
    refused(
        &ALL.replacen("(i32.const 0)", "(i32.const 1)", 1),
        "it set output column 1, and said that there are 1",
    )
    .await;
    refused(
        &ALL.replace("$integers", "$floats"),
        "it set output column 0, by `floats`, and its type goes by `integers`",
    )
    .await;
    refused(
        "(call $keep (local.get $builder) (i32.const 0) (i32.const 0))",
        "it kept `amount` as an output column of another type",
    )
    .await;
    refused(
        "(call $keep (local.get $builder) (i32.const 0) (i32.const 1))",
        "it set output column 0, to input column 1, and was granted 1",
    )
    .await;
    refused(
        &REFUSE_3.replace(
            "(i32.const 1024) (i32.const 3)",
            "(i32.const 1040) (i32.const 10)",
        ),
        "it used the code `undeclared`, which its manifest does not declare",
    )
    .await;
    refused(
        "(call $origins (local.get $builder) (i32.const 3000) (i32.const 1))",
        "it neither refused row 0 nor made a row of it",
    )
    .await;
    refused(
        "(call $origins (local.get $builder) (i32.const 3000) (i32.const 2))",
        "its origins do not ascend",
    )
    .await;
}

#[tokio::test]
async fn a_value_that_cannot_be_read_must_be_refused() {
    let bound = bound("", ALL);
    let mut session = bound.transform(&bound.outputs().await.unwrap()).unwrap();
    let mut builder = BatchBuilder::new(Shape::new(fields()));
    builder.integer(0, 1);
    builder.misfit(1, Value::Text("much".into()));
    builder.text(2, "");
    builder.end_row();
    let error = session
        .apply(&builder.finish().unwrap())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("it made something of row 0 although the value of `amount`"),
        "{error}"
    );
    // The session is over: the same reason again.
    assert_eq!(
        session.apply(&batch(0..10)).await.unwrap_err().to_string(),
        error
    );
}

#[tokio::test]
async fn columns_of_a_type_that_nobody_knows() {
    let money =
        "(i32.store (i32.const 2008) (i32.const 1232)) (i32.store (i32.const 2012) (i32.const 5))";
    let error = bound(money, ALL).outputs().await.unwrap_err().to_string();
    assert!(
        error.ends_with("in `open`: it makes a column of a type that is not known here: money"),
        "{error}"
    );
}

#[tokio::test]
async fn other_columns_than_planned() {
    let planned = vec![Field {
        name: "amount".into(),
        column_type: ColumnType::TEXT,
        nullable: true,
    }];
    let error = bound("", ALL)
        .transform(&planned)
        .unwrap()
        .apply(&batch(0..10))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("it makes other columns than it said at planning"),
        "{error}"
    );
}

#[tokio::test]
async fn a_transform_is_no_check() {
    let bound = bound("", ALL);
    let error = bound
        .start(
            &limosa_plugin::Grants::default(),
            limosa_plugin::RowKey::default(),
        )
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("it is a transform, and was used as a check"),
        "{error}"
    );
}
