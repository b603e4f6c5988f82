//! Keeps the memory of the process flat.

/// Has all threads take memory from one place.
///
/// glibc gives threads places of their own, each of which keeps what was freed in it: with the threads that read and write
/// chunks, a migration of four million rows took 75 MB instead of 59, and one of a million 58 instead of 50. What a thread
/// allocates often it has at hand all the same, and what is large is allocated once a batch, so nothing waits.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn share() {
    #[expect(
        unsafe_code,
        reason = "a setting of the C library, made before there is another thread"
    )]
    // SAFETY: mallopt changes nothing but how memory is allocated from now on, and takes any value.
    let is_set = unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) } == 1;
    if !is_set {
        tracing::debug!("the C library did not take the setting; more memory is kept");
    }
}

/// Elsewhere the allocator does as it does.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn share() {}
