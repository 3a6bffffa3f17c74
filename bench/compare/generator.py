"""One run of fedhub-load against a running system."""

import json
import os
import signal
import subprocess


class RunFailed(Exception):
    """The scenario was not completed; the text gives the reason in one line."""


def options_of(scenario, system, streams, warm_up, duration, drain):
    """@returns the arguments of fedhub-load. Times are in seconds."""
    options = [scenario.kind, *system.target(), "--streams", streams, "--warm-up", f"{warm_up:g}",
               "--duration", f"{duration:g}", "--drain", f"{drain:g}", *scenario.options]
    if scenario.certified:
        options += ["--certificate", system.remote_certificate]
    if scenario.rate is not None:
        options += ["--rate", scenario.rate]
    elif system.window is not None and scenario.kind in ("in", "out") and "--window" not in scenario.options:
        options += ["--window", system.window]
    return [str(option) for option in options]


def play(program, host, options, pids, within):
    """Runs fedhub-load.

    @param pids the processes whose CPU time and memory are measured.
    @param within seconds, after which the run is ended.
    @returns the JSON object of fedhub-load. Raises RunFailed.
    """
    command, fds = host.command([program, *options, "--watch", ",".join(map(str, pids)), "--json", "-", "--quiet"])
    process = subprocess.Popen(command, pass_fds=fds, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        output, errors = process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        raise RunFailed(f"not complete after {within:.0f} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode != 0:
        raise RunFailed(_last_line(errors) or f"fedhub-load ended with status {process.returncode}")
    try:
        return json.loads(_last_line(output))
    except ValueError:
        raise RunFailed(f"fedhub-load wrote no result: {_last_line(output)!r}") from None


def _last_line(text):
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""
