//! Two guests never see each other: not through memory, not through handles, not through what the process holds.

use crate::floods::maker;
use crate::guests::{self, MANIFEST, NEGATIVE, batch, check, component, start};
use crate::house::{House, inconclusive, roomy};

/// Keeps a word of its own in its memory and reports its first row when the word is there already.
const REMEMBER: &str = "
    (if (i32.eq (i32.load (i32.const 131072)) (i32.const 4711))
        (then (i64.store (i32.const 32) (call $first_row (local.get $batch)))
            (call $report (i32.const 1024) (i32.const 3) (i32.const 32) (i32.const 1))))
    (i32.store (i32.const 131072) (i32.const 4711))";

#[tokio::test]
async fn two_sessions_of_one_component() {
    let house = House::new();
    let plugin = component("check", &check("", REMEMBER, ""), MANIFEST);
    let plugin = house.runtime.load(&plugin, "guest").unwrap();
    let (mut one, mut other) = (start(&plugin), start(&plugin));
    for session in [&mut one, &mut other] {
        session.inspect(&batch(0..10)).await.unwrap();
    }
    // It remembers itself, and nobody else.
    one.inspect(&batch(10..20)).await.unwrap();
    let (one, other) = (one.close().await, other.close().await);
    assert_eq!((one.findings[0].count, one.inconclusive), (1, None));
    assert_eq!((other.findings.len(), other.inconclusive), (0, None));
    house.unharmed().await;
}

/// Takes seven mebibytes, reports its first row if any byte of them is set, and sets them all.
const LEAVE: &str = "
    (local.set $i (i32.const 196608))
    (drop (memory.grow (i32.const 109)))
    (block $clean (loop $next
        (if (i64.ne (i64.load (local.get $i)) (i64.const 0))
            (then (i64.store (i32.const 32) (call $first_row (local.get $batch)))
                (call $report (i32.const 1024) (i32.const 3) (i32.const 32) (i32.const 1))
                (br $clean)))
        (local.set $i (i32.add (local.get $i) (i32.const 8)))
        (br_if $next (i32.lt_u (local.get $i) (i32.const 7340032)))))
    (memory.fill (i32.const 196608) (i32.const 0xa5) (i32.const 7143424))";

/// The places of memories are used again; what lay there is gone.
#[tokio::test]
async fn what_a_guest_leaves_behind_is_gone() {
    let house = House::new();
    let plugin = component("check", &check("", LEAVE, ""), MANIFEST);
    let plugin = house.runtime.load(&plugin, "guest").unwrap();
    // Within a session it is there, so that the check sees something at all.
    let mut session = start(&plugin);
    session.inspect(&batch(0..10)).await.unwrap();
    drop(session);
    for round in 0..40 {
        let outcome = house.run(start(&plugin), 1).await;
        let found = outcome.findings.len();
        assert_eq!((found, outcome.inconclusive), (0, None), "round {round}");
    }
}

#[tokio::test]
async fn the_check_of_memory_sees_what_is_there() {
    let house = House::new();
    let twice = LEAVE.replace("(drop (memory.grow (i32.const 109)))", "");
    let twice = format!(
        "(if (i32.eq (memory.size) (i32.const 3)) (then (drop (memory.grow (i32.const 109))))) {twice}"
    );
    let plugin = component("check", &check("", &twice, ""), MANIFEST);
    let plugin = house.runtime.load(&plugin, "guest").unwrap();
    let outcome = house.run(start(&plugin), 2).await;
    assert_eq!((outcome.findings[0].count, outcome.inconclusive), (1, None));
}

/// While another session holds a batch, and with handles of every number.
#[tokio::test]
async fn handles_of_others_cannot_be_guessed() {
    let house = House::new();
    for number in [0, 2, 3, 17, 64, -1] {
        let guess = format!("(drop (call $length (i32.const {number})))");
        let index = i32::cast_unsigned(number);
        let reason = format!(
            "batch 1: what it handed over breaks the rules of the interface: unknown handle index {index}"
        );
        house.stopped(&check("", &guess, ""), &reason).await;
    }
}

/// A number that is kept stands for nothing after its call; given back, it is gone at once.
#[tokio::test]
async fn a_handle_ends_with_its_call() {
    let house = House::new();
    let keep = "(i32.store (i32.const 131072) (local.get $batch))";
    let use_later = check(
        "",
        keep,
        "(drop (call $length (i32.load (i32.const 131072))))",
    );
    let plugin = component("check", &use_later, MANIFEST);
    let plugin = house.runtime.load(&plugin, "guest").unwrap();
    let outcome = house.run(start(&plugin), 2).await;
    inconclusive(
        &outcome,
        "in `close`: what it handed over breaks the rules of the interface: unknown handle index 1",
    );
    let twice = "(call $release (local.get $batch)) (drop (call $length (local.get $batch)))";
    let reason =
        "batch 1: what it handed over breaks the rules of the interface: unknown handle index 1";
    house.stopped(&check("", twice, ""), reason).await;
    let twice = "(call $release (local.get $batch))";
    house.stopped(&check("", twice, ""), reason).await;
}

/// One may do as it likes to itself: the other's findings are those of a run alone.
#[tokio::test]
async fn one_that_fails_takes_nobody_along() {
    let house = House::new();
    let harmful = component("check", &check("", "unreachable", ""), MANIFEST);
    let harmful = house.runtime.load(&harmful, "guest").unwrap();
    let good = component("check", &check("", NEGATIVE, ""), MANIFEST);
    let good = house.runtime.load(&good, "guest").unwrap();
    let mut sessions: Vec<_> = (0..20).map(|_| (start(&good), start(&harmful))).collect();
    for number in 0..3 {
        for (good, harmful) in &mut sessions {
            let rows = batch(number * 10..number * 10 + 10);
            assert!(harmful.inspect(&rows).await.is_err());
            good.inspect(&rows).await.unwrap();
        }
    }
    for (good, harmful) in sessions {
        assert_eq!(good.close().await.findings[0].count, 3);
        assert!(harmful.close().await.inconclusive.is_some());
    }
    house.unharmed().await;
}

/// What this process has in memory, in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kibibytes >> 10
}

/// What the host keeps for a guest (rows that were named, texts that came over, handles, tables) goes with it, however it ends.
#[tokio::test]
async fn what_the_host_keeps_for_a_guest_goes_back_too() {
    let house = House::new();
    let letters = "(drop (memory.grow (i32.const 240))) (memory.fill (i32.const 196608) (i32.const 97) (i32.const 15728640))";
    let again = |what: &str| {
        format!(
            "{letters} (loop $more {what} (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 30))))"
        )
    };
    let guests = [
        roomy(&check(
            "",
            &again("(call $log (i32.const 0) (i32.const 196608) (i32.const 15728640))"),
            "",
        )),
        roomy(&check(
            "",
            &again(
                "(call $report (i32.const 1024) (i32.const 3) (i32.const 131072) (i32.const 1900000))",
            ),
            "",
        )),
        roomy(&check(
            "",
            &format!(
                "{letters} (call $count (i32.const 196608) (i32.const 15728640) (i64.const 1))"
            ),
            "",
        )),
        component("check", &check("", NEGATIVE, "unreachable"), MANIFEST),
        component(
            "check",
            &check(
                "",
                "(drop (table.grow $t (ref.null func) (i32.const 19000)))",
                "unreachable",
            )
            .replacen("(memory", "(table $t 1 funcref) (memory", 1),
            MANIFEST,
        ),
        maker("(loop $more (drop (call $new (i32.const 1))) (br $more))"),
    ];
    let plugins: Vec<_> = guests
        .iter()
        .map(|bytes| house.runtime.load(bytes, "guest").unwrap())
        .collect();
    let mut before = 0;
    for round in 0..12 {
        for plugin in &plugins {
            house.run(start(plugin), 3).await;
        }
        // What an allocator keeps for the next time is there after two rounds.
        if round == 1 {
            before = resident();
        }
    }
    let after = resident();
    assert!(
        after < before + 96,
        "{before} MiB after two rounds, {after} MiB after twelve"
    );
}

/// A hundred guests, each of which really writes 100 MiB before it asks for too much: ten gibibytes in all, of which nothing stays.
#[tokio::test]
async fn memory_goes_back_to_the_system() {
    let house = House::new();
    let bomb = "(drop (memory.grow (i32.const 1600))) (memory.fill (i32.const 196608) (i32.const 1) (i32.const 104857600))
        (loop $more (drop (memory.grow (i32.const 16))) (br $more))";
    let manifest = MANIFEST.replace("memory_mib = 8", "memory_mib = 128");
    let plugin = component("check", &check("", bomb, ""), &manifest);
    let plugin = house.runtime.load(&plugin, "guest").unwrap();
    let reason = "batch 1: it asked for more than 128 MiB of memory (limit `memory_mib` of its manifest, at most 128)";
    inconclusive(&house.run(start(&plugin), 1).await, reason);
    let before = resident();
    for _ in 0..100 {
        inconclusive(&house.run(guests::start(&plugin), 1).await, reason);
    }
    let after = resident();
    assert!(
        after < before + 64,
        "{before} MiB before a hundred of them, {after} MiB after"
    );
}
