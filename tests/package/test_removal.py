"""Removal and purge of the package. Runs last."""


def test_a_removal_keeps_configuration_and_state_and_a_purge_removes_both(root):
    (root / "/var/lib/fedhub/dialback.secret").write_text("kept")
    assert root.run("dpkg", "--remove", "fedhub").returncode == 0
    assert not (root / "/usr/bin/fedhub").exists()
    assert (root / "/etc/fedhub/fedhub.toml").exists()
    assert (root / "/var/lib/fedhub/dialback.secret").exists()

    (root / "/etc/fedhub/corp.key").write_text("the operator's own")
    done = root.run("dpkg", "--purge", "fedhub")
    assert done.returncode == 0, done.stderr
    assert not (root / "/etc/fedhub/fedhub.toml").exists()
    assert not (root / "/var/lib/fedhub").exists()
    assert (root / "/etc/fedhub/corp.key").exists()
