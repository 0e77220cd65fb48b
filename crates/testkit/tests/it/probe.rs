//! What a worker that was taken over could do, tried by one.

use std::collections::BTreeSet;
use std::time::Duration;

use libc::c_long;
use workers::{
    Confinement, Enforcement, NetworkAccess, OtherCalls, PoolEvent, PoolSettings, StopHandle,
    run_pool,
};

const PATIENCE: Duration = Duration::from_secs(60);

/// Returns what a worker answers to a job, in a sandbox in which it may open nothing.
fn answer(job: &str, confinement: Option<Confinement>) -> String {
    let settings = PoolSettings {
        program: env!("CARGO_BIN_EXE_misbehaving-worker").into(),
        arguments: Vec::new(),
        environment: Vec::new(),
        connector: None,
        engine: None,
        n_workers: 1,
        n_ahead: 1,
        setup: Vec::new(),
        start_timeout: PATIENCE,
        job_timeout: PATIENCE,
        grace: PATIENCE,
        recycle_above_bytes: None,
        data_limit_bytes: Some(64 << 20),
        confinement,
        budget_bytes: None,
        max_deaths_in_a_row: 1,
    };
    let mut answer = None;
    let outcome = run_pool(
        &settings,
        &mut [job.as_bytes().to_vec()].into_iter(),
        &StopHandle::new(),
        &mut |event| {
            if let PoolEvent::JobDone { reply, .. } = event {
                answer = Some(String::from_utf8(reply).unwrap());
            }
        },
    );
    answer.unwrap_or_else(|| panic!("no answer: {outcome:?}"))
}

fn confined(network: NetworkAccess) -> Option<Confinement> {
    Some(Confinement {
        readable: Vec::new(),
        writable: Vec::new(),
        network,
        other_calls: OtherCalls::Fail,
    })
}

/// Whether this kernel confines processes; what it does not keep from cannot be tried.
fn is_enforced() -> bool {
    let enforcement = Enforcement::of_this_kernel();
    enforcement.files.is_some() && enforcement.calls
}

/// Calls that a worker may make whatever it gives them. Another one here is another one for whoever takes a worker over: what can it reach?
#[cfg(target_arch = "x86_64")]
const CALLS: &[c_long] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_statx,
    libc::SYS_access,
    libc::SYS_faccessat,
    libc::SYS_readlink,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_membarrier,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_gettid,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getpgid,
    libc::SYS_getpgrp,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getrusage,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_time,
    libc::SYS_getrandom,
    libc::SYS_poll,
    libc::SYS_ppoll,
];

#[test]
#[cfg(target_arch = "x86_64")]
fn of_all_calls_a_worker_makes_those_on_the_list_and_no_other() {
    if !is_enforced() {
        return;
    }
    let check = |network, more: &[c_long]| {
        let answer = answer("calls", confined(network));
        let made: BTreeSet<c_long> = answer.split(' ').map(|n| n.parse().unwrap()).collect();
        let expected: BTreeSet<c_long> = CALLS.iter().chain(more).copied().collect();
        let unexpected: Vec<_> = made.difference(&expected).collect();
        assert!(unexpected.is_empty(), "calls by number: {unexpected:?}");
    };
    check(NetworkAccess::None, &[]);
    check(NetworkAccess::Handed, &[libc::SYS_recvmsg]);
}

#[test]
fn calls_that_a_worker_makes_reach_nobody_else() {
    if !is_enforced() {
        return;
    }
    assert_eq!(answer("arguments", confined(NetworkAccess::None)), "");
    assert_eq!(answer("arguments", confined(NetworkAccess::Handed)), "");
    let free = answer("arguments", None);
    for what in [
        "a process",
        "the parent by a signal",
        "memory that runs",
        "another file",
    ] {
        assert!(free.contains(what), "{free}");
    }
}
