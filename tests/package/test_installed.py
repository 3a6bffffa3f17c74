"""What the package installs."""

import re

import pytest

UNITS = ["fedhub.service", "fedhub.socket", "fedhub-dns.socket"]


def test_the_package_is_configured(root):
    assert root.run("dpkg-query", "-W", "-f", "${db:Status-Status}", "fedhub").stdout == "installed"
    assert root.run("dpkg", "--verify", "fedhub").stdout == ""


@pytest.mark.parametrize("path, owner", [
    ("/usr/bin/fedhub", "root root 755"),
    ("/usr/bin/fedhubctl", "root root 755"),
    ("/etc/fedhub", "root fedhub 750"),
    ("/etc/fedhub/fedhub.toml", "root fedhub 640"),
    ("/var/lib/fedhub", "fedhub fedhub 700"),
    ("/run/fedhub", "fedhub fedhub 755"),
    ("/usr/share/man/man1/fedhub.1.gz", "root root 644"),
    ("/usr/share/man/man1/fedhubctl.1.gz", "root root 644"),
    ("/usr/share/man/man5/fedhub.toml.5.gz", "root root 644"),
    ("/usr/share/bash-completion/completions/fedhubctl", "root root 644"),
    ("/usr/share/doc/fedhub/copyright", "root root 644"),
    ("/usr/share/doc/fedhub/default.toml.gz", "root root 644"),
    ("/usr/share/fedhub/alerts/fedhub.rules.yml", "root root 644"),
    ("/usr/share/fedhub/dashboards/fedhub.json", "root root 644"),
])  # fmt: skip
def test_a_file_has_its_owner_and_mode(root, path, owner):
    assert root.stat(path) == owner


def test_user_and_group_have_no_other_rights(root):
    user = root.run("getent", "passwd", "fedhub").stdout.strip().split(":")
    assert user[5:] == ["/var/lib/fedhub", "/usr/sbin/nologin"]
    assert root.run("id", "-Gn", "fedhub").stdout.split() == ["fedhub"]
    assert root.run("getent", "group", "fedhub-admin").stdout.strip().split(":")[3:] == [""]


def test_the_configuration_is_the_operators(root):
    conffiles = root.run("dpkg-query", "-W", "-f", "${Conffiles}", "fedhub").stdout
    assert re.findall(r"^ (\S+) ", conffiles, re.M) == ["/etc/fedhub/fedhub.toml"]


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_well_formed_and_not_enabled(root, unit):
    done = root.run("systemd-analyze", "verify", "--man=no", f"/lib/systemd/system/{unit}")
    ours = [line for line in done.stderr.splitlines() if "fedhub" in line]
    assert done.returncode == 0 and ours == [], done.stderr
    assert root.run("systemctl", "is-enabled", unit).stdout.strip() == "disabled"


def test_the_service_is_well_confined(root):
    done = root.run("systemd-analyze", "security", "--offline=true", "--threshold=20", "fedhub.service")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_programs_need_nothing_that_is_not_installed(root):
    for program in ("fedhub", "fedhubctl"):
        done = root.run("ldd", f"/usr/bin/{program}")
        assert "not found" not in done.stdout and "libssl" in done.stdout + "libssl" * (program == "fedhubctl")
        version = root.run(program, "--version").stdout
        package = root.run("dpkg-query", "-W", "-f", "${Version}", "fedhub").stdout
        assert package in version.split(), (package, version)
