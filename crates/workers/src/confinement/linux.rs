//! Landlock for files and ports, seccomp for everything that needs a system call of its own.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath,
    PathFd, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

use super::{Confinement, Enforcement, NetworkAccess};

/// The newest rules that this program knows; an older kernel enforces those that it has.
const RULES: ABI = ABI::V6;

/// What every worker reads of itself: how much memory it holds.
const OWN_PROCESS: &str = "/proc/self";

/// What the C library reads to turn a name into an address. It loads its resolvers only when it needs them.
const RESOLVER: &[&str] = &[
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/ld.so.cache",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/run/systemd/resolve",
];

/// Calls that no worker makes: other programs, other processes, other name spaces, the kernel itself, and the queue through which
/// calls can be made that no filter sees.
const NEVER_CALLED: &[libc::c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_by_handle_at,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_swapon,
    libc::SYS_reboot,
];

/// Without these there is no network: a worker inherits pipes and files, no socket.
const FOR_NETWORK: &[libc::c_long] = &[libc::SYS_socket, libc::SYS_socketpair];

/// Set in the number of a call by 32-bit programs on 64-bit kernels, where a kernel takes such calls at all.
#[cfg(target_arch = "x86_64")]
const OTHER_NUMBERS: &[libc::c_long] = &[0, 0x4000_0000];
#[cfg(not(target_arch = "x86_64"))]
const OTHER_NUMBERS: &[libc::c_long] = &[0];

pub(super) fn enforcement() -> Enforcement {
    // Refused, where there is no Landlock, before anything is restricted.
    let probe = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .and_then(Ruleset::create);
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    Enforcement {
        files: probe.is_ok(),
        calls: status.contains("\nSeccomp:") && architecture().is_some(),
    }
}

pub(super) fn enter(confinement: &Confinement) -> Result<(), String> {
    let told = |what: &'static str| {
        move |error: &dyn Error| format!("cannot confine a worker's {what}: {error}")
    };
    confine_files(confinement).map_err(|error| told("files")(&error))?;
    if enforcement().calls {
        confine_calls(&confinement.network).map_err(|error| told("calls")(error.as_ref()))?;
    }
    Ok(())
}

fn confine_files(confinement: &Confinement) -> Result<(), RulesetError> {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(RULES))?
        .handle_access(AccessNet::from_all(RULES))?
        .scope(Scope::from_all(RULES))?
        .create()?;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let write = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate;
    let mut rules = allow(ruleset, Path::new(OWN_PROCESS), read)?;
    for path in &confinement.readable {
        rules = allow(rules, path, read)?;
    }
    for path in &confinement.writable {
        rules = allow(rules, path, write)?;
    }
    if let NetworkAccess::Ports(ports) = &confinement.network {
        for path in RESOLVER {
            rules = allow(rules, Path::new(path), read)?;
        }
        for port in ports {
            rules = rules.add_rule(NetPort::new(*port, AccessNet::ConnectTcp))?;
        }
    }
    rules.restrict_self().map(drop)
}

fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    // What is not there cannot be allowed, and need not be.
    let Ok(fd) = PathFd::new(path) else {
        return Ok(rules);
    };
    let access = match path.is_dir() {
        true => access,
        false => access & AccessFs::from_file(RULES),
    };
    rules.add_rule(PathBeneath::new(fd, access))
}

fn confine_calls(network: &NetworkAccess) -> Result<(), Box<dyn Error>> {
    let forbidden = match network {
        NetworkAccess::None => [NEVER_CALLED, FOR_NETWORK].concat(),
        NetworkAccess::Ports(_) => NEVER_CALLED.to_vec(),
    };
    let numbers = forbidden
        .iter()
        .flat_map(|call| OTHER_NUMBERS.iter().map(move |other| call | other));
    let filter = SeccompFilter::new(
        // No condition on arguments: whatever they are.
        numbers
            .map(|number| (number, Vec::new()))
            .collect::<BTreeMap<_, _>>(),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM.unsigned_abs()),
        architecture().ok_or("an unknown processor")?,
    )?;
    let program: BpfProgram = filter.try_into()?;
    Ok(seccompiler::apply_filter(&program)?)
}

fn architecture() -> Option<TargetArch> {
    std::env::consts::ARCH.try_into().ok()
}
