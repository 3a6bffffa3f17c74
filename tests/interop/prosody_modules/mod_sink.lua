-- A component of Prosody's that records the stanzas that it accepts, for tests/interop/sinks.py.
--
-- Each is a line of the file `sink_file`: "STREAM ID TYPE". STREAM is the stream that it came by. A line is written, past all
-- buffers of the process, before the stanza counts as handled: what Prosody has acknowledged, it has written, however it ends.

local record = assert(io.open(module:get_option_string("sink_file"), "a"));
record:setvbuf("no");

local function take(event)
	local stanza, stream = event.stanza, tostring(event.origin):match("0x%x+") or "none";
	record:write(("%s %s %s\n"):format(stream, stanza.attr.id or "none", stanza.attr.type or "normal"));
	return true;
end

for _, kind in ipairs { "message/host", "message/bare", "message/full" } do
	module:hook(kind, take);
end
