#include "bench/load/stream_input.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace fedhub::load {

namespace {

/// The largest stanza and the octets that a server may add to it.
constexpr xml_limits input_limits{.element_bytes = 128 * 1024};

constexpr std::array<std::string_view, 3> stanza_begins{"<message ", "<presence ", "<iq "};

bool begins_like_stanza(std::string_view x) {
  return std::ranges::any_of(stanza_begins, [x](auto y) { return x.starts_with(y); });
}

/// Returns whether further octets may turn it into the beginning of a stanza.
bool may_begin_stanza(std::string_view x) {
  return std::ranges::any_of(stanza_begins, [x](auto y) { return y.starts_with(x); });
}

std::string_view end_tag(std::string_view stanza) {
  switch (stanza[1]) {
  case 'm':
    return "</message>";
  case 'p':
    return "</presence>";
  default:
    return "</iq>";
  }
}

const char* find(std::string_view text, char x) {
  return static_cast<const char*>(std::memchr(text.data(), x, text.size()));
}

} // namespace

stream_input::stream_input(sink& events, stanza_ends& ends, uint32_t lanes)
  : sink_(events), ends_(ends), lanes_(lanes), scanner_(input_limits) {}

void stream_input::restart() {
  scanner_.reset();
  may_skim_ = false;
}

void stream_input::fault(std::string_view why) {
  mode_ = mode::done;
  sink_.on_fault(why);
}

size_t stream_input::take(std::string_view pending, nanos at) {
  size_t taken = 0;
  while (true) {
    const auto rest = pending.substr(taken);
    const auto before = mode_;
    size_t step = 0;
    if (mode_ == mode::skimming)
      step = skim_next(rest, at);
    else if (mode_ == mode::framing)
      step = frame_next(rest, at);
    else
      return pending.size();
    taken += step;
    if (step == 0 && mode_ == before)
      return taken;
  }
}

/// Skims one stanza. @returns its octets; 0 if it is not complete or is no stanza. In the second
/// case the mode has changed.
size_t stream_input::skim_next(std::string_view pending, nanos at) {
  if (!begins_like_stanza(pending)) {
    // Wait as long as it may become a stanza.
    if (!may_begin_stanza(pending))
      mode_ = mode::framing;
    return 0;
  }
  const char* mark = find(pending, stamp_mark);
  const auto before_mark = pending.substr(0, mark ? mark - pending.data() : pending.size());
  if (find(before_mark, '>')) { // no stamp here; the one found belongs to the next stanza
    mode_ = mode::framing;
    return 0;
  }
  const size_t at_mark = before_mark.size();
  if (pending.size() < at_mark + stamp_size)
    return 0;
  const auto found = read_stamp(mark);
  if (!found || found->lane >= lanes_) {
    fault("a stamp that the generator did not write");
    return 0;
  }
  const size_t end = end_of_stanza(pending, at_mark, *found);
  if (end != 0)
    sink_.on_stanza(*found, pending.substr(0, end), at);
  return end;
}

/// Returns the end of a stanza; 0 if it is not complete.
size_t stream_input::end_of_stanza(std::string_view pending, size_t mark, const stamp& stamp) {
  const char* tag_end = find(pending.substr(mark), '>');
  if (!tag_end)
    return 0;
  if (tag_end[-1] == '/')
    return static_cast<size_t>(tag_end + 1 - pending.data());
  const auto wanted = end_tag(pending);
  uint32_t& expected = ends_.after(stamp);
  const size_t guess = mark + expected;
  if (expected >= wanted.size() && guess <= pending.size()
      && pending.substr(guess - wanted.size(), wanted.size()) == wanted) [[likely]]
    return guess;
  const size_t found = pending.find(wanted, static_cast<size_t>(tag_end - pending.data()));
  if (found == std::string_view::npos)
    return 0;
  const size_t end = found + wanted.size();
  expected = static_cast<uint32_t>(end - mark);
  return end;
}

size_t stream_input::frame_next(std::string_view pending, nanos at) {
  const auto found = scanner_.next(pending);
  const size_t end = found.skip + found.length;
  switch (found.status) {
  case scan_status::need_more:
    return found.skip;
  case scan_status::error:
    fault(found.reason);
    return 0;
  case scan_status::stream_end:
    mode_ = mode::done;
    sink_.on_stream_end();
    return end;
  case scan_status::header:
    header_ = parse_stream_header(pending.substr(found.skip, found.length), scanner_);
    sink_.on_header(header_);
    return end;
  case scan_status::element:
    take_element(pending.substr(found.skip, found.length), at);
    if (may_skim_ && mode_ == mode::framing && begins_like_stanza(pending.substr(end)))
      mode_ = mode::skimming;
    return end;
  }
  return 0;
}

void stream_input::take_element(std::string_view text, nanos at) {
  const auto& tag = scanner_.tag();
  const auto id = tag.id.of(text);
  if (begins_like_stanza(text) && id.size() >= stamp_size && id[0] == stamp_mark) {
    const auto found = read_stamp(id.data());
    if (!found || found->lane >= lanes_)
      return fault("a stamp that the generator did not write");
    return sink_.on_stanza(*found, text, at);
  }
  if (const auto element = stream_element::parse(text, header_.bindings))
    sink_.on_element(element->root());
}

bool is_error_stanza(std::string_view text) {
  const auto tag = text.substr(0, text.find('>'));
  return tag.find("type='error'") != std::string_view::npos
         || tag.find("type=\"error\"") != std::string_view::npos;
}

} // namespace fedhub::load
