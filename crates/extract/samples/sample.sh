#!/usr/bin/env bash
source ./lib.sh
LIMIT=3
# Adds.
add() {
  if [[ -n "$1" && -n "$2" ]]; then
    echo "$1"
  fi
}
function helper { case "$1" in a) echo 1;; *) echo 2;; esac; }
add 1 2
