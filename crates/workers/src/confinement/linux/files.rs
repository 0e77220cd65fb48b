//! What a worker may open, by Landlock.

use std::error::Error;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath,
    PathFd, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus,
    Scope,
};

use super::super::{Confinement, NetworkAccess};

/// The newest rules that this program knows; an older kernel enforces those that it has. Newer ones need not be distinguished: what they
/// forbid takes calls that a worker must not make.
const RULES: ABI = ABI::V9;

/// Those that change what a worker can do, newest first, with their numbers.
const DISTINGUISHED: &[(ABI, u32)] = &[
    (ABI::V6, 6),
    (ABI::V5, 5),
    (ABI::V4, 4),
    (ABI::V3, 3),
    (ABI::V2, 2),
    (ABI::V1, 1),
];

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

/// Returns the number of the newest rules that this kernel enforces; nothing where it has no Landlock.
pub(super) fn newest_rules() -> Option<u32> {
    // Refused by a kernel that lacks one of them, before anything is restricted.
    let is_known = |rules: ABI| {
        let ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::from_all(rules));
        let ruleset = match AccessNet::from_all(rules) {
            none if none.is_empty() => ruleset,
            access => ruleset.and_then(|ruleset| ruleset.handle_access(access)),
        };
        let ruleset = match Scope::from_all(rules) {
            none if none.is_empty() => ruleset,
            scope => ruleset.and_then(|ruleset| ruleset.scope(scope)),
        };
        ruleset.and_then(Ruleset::create).is_ok()
    };
    let newest = DISTINGUISHED.iter().find(|(rules, _)| is_known(*rules));
    newest.map(|(_, number)| *number)
}

pub(super) fn confine(confinement: &Confinement) -> Result<(), Box<dyn Error>> {
    let status = rules(confinement)?.restrict_self()?;
    if status.ruleset == RulesetStatus::NotEnforced && newest_rules().is_some() {
        return Err("the kernel has Landlock and does not enforce it".into());
    }
    Ok(())
}

fn rules(confinement: &Confinement) -> Result<RulesetCreated, RulesetError> {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(RULES))?
        .handle_access(AccessNet::from_all(RULES))?
        .scope(Scope::from_all(RULES))?
        .create()?;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let write = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate;
    let mut rules = ruleset;
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
    Ok(rules)
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
