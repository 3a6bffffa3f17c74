"""The examples of README and conf/examples work as printed, except for addresses and paths.

Each is played from an empty folder to a message in both directions.
"""

import re
import shutil
import subprocess
import time
from types import SimpleNamespace

import pytest

from support.certificates import write_self_signed
from support.client import Client
from support.dns import Address, Srv, start_dns
from support.hub import METRICS_PORT, PROGRAM, REPOSITORY
from support.process import Daemon
from support.servers import BY_NAME, Tls, User
from support.servers.base import CLIENT_PORT
from support.servers.ejabberd import Ejabberd
from support.servers.jabberd2 import Jabberd2
from support.servers.prosody import Prosody
from support.wait import eventually
from test_server_behind_hub import chat

README = (REPOSITORY / "README.md").read_text()
EXAMPLES = sorted((REPOSITORY / "conf/examples").glob("*.toml"))


def blocks(language):
    """@returns the code blocks of this language in README, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


def only(texts):
    assert len(texts) == 1, texts
    return texts[0]


def readme_server(base, change):
    """@returns the server's class, with the settings of README in place of its own."""

    class ByReadme(base):
        def _configure(self):
            super()._configure()
            change(self)

    return ByReadme


def as_prosody(server):
    file = server.directory / "prosody.cfg.lua"
    pem = server._certificate_of(server.virtual_hosts[0])
    printed = only(blocks("lua"))
    for path in ("/etc/prosody/certs/corp.example.crt", "/etc/prosody/certs/corp.example.key"):
        assert path in printed
        printed = printed.replace(path, str(pem))
    ours = re.split(r"^VirtualHost", file.read_text(), flags=re.M)[0]
    named = set(re.findall(r"^(\w+) =", printed, re.M))
    kept = [line for line in ours.splitlines() if line.split(" =")[0] not in named]
    file.write_text("\n".join(kept) + "\n" + printed)


def as_ejabberd(server):
    file = server.directory / "ejabberd.yml"
    ours, printed = file.read_text(), only(blocks("yaml"))
    assert '"/etc/ejabberd/ejabberd.pem"' in printed
    printed = printed.replace("/etc/ejabberd/ejabberd.pem", str(server.directory / "corp.example.pem"))
    printed = printed.replace(
        "listen:\n", f'listen:\n  - {{port: {CLIENT_PORT}, ip: "0.0.0.0", module: ejabberd_c2s, access: all}}\n')
    printed = printed.replace("modules:\n", "modules:\n  mod_disco: {}\n  mod_roster: {}\n")
    kept = [line for line in ours.splitlines()
            if re.match(r"(loglevel|log_rotate_count|acme|auth_method|auth_password_format|outgoing_s2s_families):", line)]
    file.write_text("\n".join(kept) + "\n" + printed)


def as_jabberd2(server):
    file = server.directory / "s2s.xml"
    text, printed = file.read_text(), only(blocks("xml"))
    assert "/etc/jabberd2/server.pem" in printed
    printed = printed.replace("/etc/jabberd2/server.pem", str(server.directory / "certificate.pem"))
    for element in ("local", "lookup", "security"):
        text = re.sub(rf"\s*<{element}>.*?</{element}>", "", text, flags=re.S)
    file.write_text(text.replace("<out-conn-reuse/>", "").replace("</s2s>", printed + "</s2s>"))


SERVERS = {"prosody": readme_server(Prosody, as_prosody), "ejabberd": readme_server(Ejabberd, as_ejabberd),
           "jabberd2": readme_server(Jabberd2, as_jabberd2)}


@pytest.fixture(scope="module")
def site(world, directory):
    """The world of the other tests, with the machine of a server whose only resolver is the hub."""
    hub = world.hosts["hub"]
    node = world.add_host("readme-node", "10.99.0.8", nameserver=hub.address)
    dns = world.add_host("readme-dns", "10.99.0.58")
    outside = world.add_host("readme-partner", "10.99.0.9", nameserver=dns.address)
    folder = directory / "readme"
    folder.mkdir()
    folder.chmod(0o755)
    records = [Srv("corp.example", "hub.example", 5269),
               Srv("chat.corp.example", "hub.example", 5269),
               Srv("irc.corp.example", "hub.example", 5269),
               Srv("partner.example", "partner-host.example", 5269),
               Address("hub.example", hub.address), Address("partner-host.example", outside.address)]
    daemon = start_dns(dns, folder, records)
    yield SimpleNamespace(hub=hub, node=node, dns=dns, outside=outside, folder=folder)
    daemon.stop()


def placed(text, site, folder):
    """@returns the text with this test's addresses and paths."""
    text = text.replace("10.0.0.1", site.hub.address).replace("10.0.0.5", site.node.address)
    return re.sub(r'state_dir = "[^"]*"', f'state_dir = "{folder}/state"', text)


def start_hub(site, folder, text, more=""):
    folder.mkdir()
    file = folder / "fedhub.toml"
    file.write_text(placed(text, site, folder) + more)
    pem = write_self_signed(folder / "corp.pem", "corp.example")
    shutil.copy(pem, folder / "corp.key")
    return file, Daemon("fedhub-readme", site.hub, [PROGRAM, "--config", file], folder / "fedhub.log", cwd=folder)


@pytest.mark.parametrize("inside", SERVERS)
def test_from_nothing_to_a_message_there_and_back(site, request, inside):
    """The server and the component of README run behind the hub. All of it takes less than a minute."""
    began, folder = time.monotonic(), site.folder / f"{inside}-hub"
    text = only([block for block in blocks("toml") if "[[node]]" in block])
    private = f'\n[dns]\nservers = ["{site.dns.address}:53"]\nallow_private_addresses = true\n'  # there is no other world
    file, hub = start_hub(site, folder, text, private)
    request.addfinalizer(hub.stop)
    check = subprocess.run([PROGRAM, "--config", file, "--check"], capture_output=True, text=True, timeout=30, check=False,
                           cwd=folder)
    assert check.returncode == 0, check.stderr
    hub.wait_for_log("^ready ")
    alice, bob = User("alice", "secret"), User("bob", "secret")
    for server in (SERVERS[inside](site.node, folder, "corp.example", Tls.OPTIONAL, [alice]),
                   BY_NAME["prosody"](site.outside, folder, "partner.example", Tls.OPTIONAL, [bob])):
        request.addfinalizer(server.stop)
        server.start()
    script = folder / "component.py"
    script.write_text(placed(only(blocks("python")), site, folder))
    component = Daemon("readme-component", site.node, ["/usr/bin/python3", script], folder / "component.log", cwd=folder)
    request.addfinalizer(component.stop)
    users = [Client(site.node, "alice@corp.example/desk", "secret"), Client(site.outside, "bob@partner.example/phone", "secret")]
    for user in users:
        user.log_in()
        request.addfinalizer(user.log_out)
    chat(*users, "out")
    chat(*reversed(users), "back")
    bob = users[1]
    bob.send("<message to='echo@chat.corp.example' type='chat'><body>hello</body></message>")
    answer = bob.expect("the component's answer", lambda x: x.get("from") == "echo@chat.corp.example")
    assert answer.findtext("{jabber:client}body") == "You said: hello"
    assert time.monotonic() - began < 60

    for command, expected in commands_of_readme(site):
        result = run(*command)
        assert expected in result, (command, result)
    # After a restart of the hub the component connects again.
    hub.stop()
    again = Daemon("fedhub-readme", site.hub, [PROGRAM, "--config", file], folder / "fedhub-2.log", cwd=folder)
    request.addfinalizer(again.stop)
    again.wait_for_log("node gateway is connected", within=20)


def test_biboumi_behind_the_hub(site, request):
    """biboumi runs as its own process, and is restarted whenever it ends, as the unit's lines say."""
    config, unit = blocks("ini")
    restart = dict(line.split("=") for line in unit.split("\n")[1:] if line)
    assert restart == {"Restart": "always", "RestartSec": "2"}
    folder = site.folder / "biboumi-hub"
    node = ('[[node]]\nname = "irc"\ndomains = ["irc.corp.example"]\nprotocol = "component"\n'
            f'secret = "{re.search("password=(.*)", config)[1]}"\n')
    text = f'[hub]\nstate_dir = "x"\n[listen]\ns2s = ["0.0.0.0:5269"]\nnodes = ["{site.hub.address}:7400"]\n{node}'
    private = f'[dns]\nservers = ["{site.dns.address}:53"]\nallow_private_addresses = true\n'
    file, hub = start_hub(site, folder, text, private)
    request.addfinalizer(hub.stop)
    hub.wait_for_log("^ready ")
    (folder / "biboumi.cfg").write_text(placed(config, site, folder) + f"db_name={folder}/biboumi.sqlite\n")
    supervisor = folder / "supervisor.sh"
    supervisor.write_text(f"while :; do biboumi {folder}/biboumi.cfg; sleep {restart['RestartSec']}; done\n")
    supervised = Daemon("biboumi", site.node, ["/bin/sh", supervisor], folder / "biboumi.log", cwd=folder)
    request.addfinalizer(supervised.kill)  # together with its children
    hub.wait_for_log("node irc is connected", within=20)
    server = BY_NAME["prosody"](site.outside, folder, "partner.example", Tls.OPTIONAL, [User("bob", "secret")])
    request.addfinalizer(server.stop)
    server.start()
    bob = Client(site.outside, "bob@partner.example/phone", "secret").log_in()
    request.addfinalizer(bob.log_out)

    def ask(id):
        bob.send(f"<iq type='get' id='{id}' to='irc.corp.example'>"
                 "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
        answer = bob.expect("biboumi's answer", lambda x: x.get("id") == id and x.get("from") == "irc.corp.example")
        assert answer.get("type") == "result", answer.attrib
        assert answer.find(".//{http://jabber.org/protocol/disco#info}identity").get("type") == "irc"

    ask("before")
    hub.stop()
    again = Daemon("fedhub-readme", site.hub, [PROGRAM, "--config", file], folder / "fedhub-2.log", cwd=folder)
    request.addfinalizer(again.stop)
    again.wait_for_log("node irc is connected", within=20)
    ask("after")


def commands_of_readme(site):
    """@returns what the commands at README's end do, as Python code: ((host, code), part of the output)."""
    section = README.split("### Does it work?")[1]
    assert "SRV _xmpp-server._tcp.partner.example @10.0.0.1" in section and "fedhub_node_up" in section
    ask = ("import dns.resolver as r; x = r.Resolver(configure=False); x.nameservers = ['%s']; "
           "print(*x.resolve('_xmpp-server._tcp.partner.example', 'SRV'))" % site.hub.address)
    scrape = f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:{METRICS_PORT}/metrics').read().decode())"
    return [((site.node, ask), "0 0 7400 fedhub.internal."), ((site.hub, scrape), 'fedhub_node_up{node="im"} 1'),
            ((site.hub, scrape), 'fedhub_node_up{node="gateway"} 1')]


def run(host, code):
    argv, fds = host.command(["/usr/bin/python3", "-c", code])
    return subprocess.run(argv, pass_fds=fds, capture_output=True, text=True, timeout=30, check=True).stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_each_example_of_a_whole_file_runs(site, request, example):
    folder = site.folder / example.stem
    text = example.read_text()
    for path in re.findall(r'"(/[^"]+\.(?:pem|key|crt))"', text):
        text = text.replace(path, str(folder / path.rsplit("/", 1)[1]))
    folder.mkdir()
    pem = write_self_signed(folder / "one.pem", "corp.example")
    for path in re.findall(rf'"{re.escape(str(folder))}/([^"]+)"', text):
        shutil.copy(pem, folder / path)
    file = folder / "fedhub.toml"
    file.write_text(placed(text, site, folder))
    hub = Daemon("fedhub-example", site.hub, [PROGRAM, "--config", file], folder / "fedhub.log", cwd=folder)
    request.addfinalizer(hub.stop)
    hub.wait_for_log("^ready ")
