-- Prosody for one component and many remote servers. The file is Lua, so it can depend on the run.
local tls = $tls

pidfile = "$directory/prosody.pid"
data_path = "$directory/data"
log = { error = "*console" }

-- Only the modules that federation of a component needs. Each other module would be called for each stanza, or costs
-- memory. Without the module "limits" no rate is limited.
-- "saslauth" offers SASL EXTERNAL to remote servers with a valid certificate.
modules_enabled = { "dialback", tls and "tls" or nil, tls and "saslauth" or nil }
modules_disabled = {
	"c2s", "http", "http_errors", "offline", "posix", "presence", "message", "iq",
	not tls and "tls" or nil,
}
storage = "none"

-- epoll. The backlog is for a storm of connections. Reads of 32 KiB need fewer turns than the default, 8 KiB.
network_backend = "epoll"
network_settings = {
	tcp_backlog = 4096;
	read_size = 32768;
	-- Writes without waiting until the socket is writable, which saves one turn of the loop for each answer.
	opportunistic_writes = true;
	nagle = false;
}
-- Stanzas are short-lived tables, so the generational collector of Lua 5.4 takes less time than the incremental one.
gc = { mode = "generational" }

-- libunbound, which Debian recommends for Prosody.
unbound = { resolvconf = true }
certificates = "$directory"

s2s_interfaces = { "127.0.0.1" }
s2s_ports = { $s2s_port }
s2s_require_encryption = tls
s2s_secure_auth = false
s2s_stanza_size_limit = 1024 * 1024
-- No handshake is given up early in a storm.
s2s_timeout = 300
dialback_secret = "the same in each run"
ssl = tls and { certificate = "$certificate", key = "$certificate", cafile = "$authority" } or nil

component_interfaces = { "127.0.0.1" }
component_ports = { $component_port }
component_stanza_size_limit = 1024 * 1024

-- Prosody needs a host; nothing is addressed to it.
VirtualHost "server.load.example"

Component "$domain"
	component_secret = "$secret"
