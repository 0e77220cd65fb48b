#!/usr/bin/env node
// Starts the program that the package of this platform has brought, and ends as it ends.
"use strict";

const { spawn } = require("node:child_process");

/** Returns the C library of this system, asked only where packages for both are installed. */
function libc() {
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime ? "gnu" : "musl";
}

/** Returns the path of the program; nothing where no package for this platform is installed. */
function findProgram() {
  const platform = `${process.platform}-${process.arch}`;
  const found = new Map();
  for (const ending of ["gnu", "musl"]) {
    try {
      found.set(ending, require.resolve(`mnemo-index-${platform}-${ending}/bin/mnemo`));
    } catch {
      // Not for this platform, or left out by `--omit=optional`.
    }
  }
  return found.size > 1 ? found.get(libc()) : [...found.values()][0];
}

const program = findProgram();
if (program === undefined) {
  console.error(
    `error: no package of mnemo-index for ${process.platform} on ${process.arch} is installed\n` +
      "  try: install without --omit=optional; other systems build it from source: cargo install --git ADDRESS mnemo",
  );
  process.exit(3);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
// A terminal sends its signals to both; whoever sends one to this process alone means the program.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => process.stdin.isTTY && signal === "SIGINT" || child.kill(signal));
}
child.on("error", (error) => {
  console.error(`error: cannot start ${program}: ${error.message}`);
  process.exit(3);
});
child.on("exit", (status, signal) => {
  if (signal === null) {
    process.exit(status);
  }
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
