#include "protocol/xml/xml_scanner.hpp"

#include "protocol/text/xml_chars.hpp"
#include "protocol/xml/xml_item.hpp"

namespace fedhub {

using xml::fault;
using xml::step;

// The state of the stream between items. `item_scanner` handles the inside of an item.
struct xml_scanner::impl {
  enum class phase : uint8_t {
    start,         ///< nothing received.
    after_mark,    ///< only a byte order mark received.
    before_header, ///< only white space received.
    stream,
    header_closed, ///< the header was an empty tag, and its end is not reported yet.
    ended,
    failed,
  };

  impl(const xml_limits& first, xml::instruction_set instructions)
    : limits(first), item(first, instructions) {}

  scan_result next(std::string_view pending);
  scan_result begin_item(std::string_view pending);
  fault check_first_octet(char c) const;
  scan_result finish(size_t skip);
  scan_result fail(size_t skip, const fault& why);

  phase now = phase::start;
  bool in_item = false;
  xml_limits limits; ///< in force from the next item on.
  xml::item_scanner item;
  fault failure;
};

scan_result xml_scanner::impl::next(std::string_view pending) {
  if (now == phase::failed)
    return fail(0, failure);
  if (now == phase::header_closed) {
    now = phase::ended;
    return {.status = scan_status::stream_end};
  }
  size_t skip = 0;
  if (!in_item) {
    const scan_result begun = begin_item(pending);
    if (!in_item)
      return begun;
    skip = begun.skip;
  }
  switch (item.scan(pending.substr(skip))) {
  case step::incomplete:
    return {.skip = skip};
  case step::failed:
    return fail(skip, item.why());
  case step::done:
    break;
  }
  return finish(skip);
}

/// Skips to the item's first octet, if it has arrived.
scan_result xml_scanner::impl::begin_item(std::string_view pending) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  size_t begin = 0;
  if (now == phase::start && !pending.empty()) {
    if (pending.size() < byte_order_mark.size() && byte_order_mark.starts_with(pending))
      return {};
    if (pending.starts_with(byte_order_mark)) {
      begin = byte_order_mark.size();
      now = phase::after_mark;
    }
  }
  const size_t spaces = begin;
  while (begin < pending.size() && xml::is_space(pending[begin]))
    ++begin;
  if (begin != spaces && (now == phase::start || now == phase::after_mark))
    now = phase::before_header;
  if (begin == pending.size())
    return {.skip = begin};
  if (const fault why = check_first_octet(pending[begin]))
    return fail(begin, why);
  in_item = true;
  if (now == phase::stream)
    item.begin_child(limits);
  else
    item.begin_header(limits, now != phase::before_header);
  return {.skip = begin};
}

fault xml_scanner::impl::check_first_octet(char c) const {
  if (now == phase::ended)
    return xml::not_well_formed("data after the end of the stream");
  if (c == '<')
    return {};
  const auto octet = static_cast<unsigned char>(c);
  // Octets that never begin a character in UTF-8: Latin-1, or another byte order mark. NUL: UTF-16
  // without a byte order mark.
  if ((octet >= 0x80 && octet < 0xC2) || octet > 0xF4 || (octet == 0 && now != phase::stream))
    return xml::bad_encoding("octets that are not UTF-8");
  if (now != phase::stream)
    return xml::not_well_formed("text before the stream header");
  if (xml::is_forbidden_control(c))
    return xml::not_well_formed("a control character");
  return xml::bad_format("text between stanzas");
}

scan_result xml_scanner::impl::finish(size_t skip) {
  in_item = false;
  scan_result result{.skip = skip, .length = item.length()};
  switch (item.what()) {
  case xml::item_scanner::kind::header:
    result.status = scan_status::header;
    now = item.tag().empty ? phase::header_closed : phase::stream;
    break;
  case xml::item_scanner::kind::element:
    result.status = scan_status::element;
    break;
  case xml::item_scanner::kind::stream_end:
    result.status = scan_status::stream_end;
    now = phase::ended;
    break;
  }
  return result;
}

scan_result xml_scanner::impl::fail(size_t skip, const fault& why) {
  now = phase::failed;
  failure = why;
  return {.status = scan_status::error, .skip = skip, .error = why.error, .reason = why.reason};
}

xml_scanner::xml_scanner(const xml_limits& limits, xml::instruction_set instructions)
  : impl_(std::make_unique<impl>(limits, instructions)) {}
xml_scanner::xml_scanner(xml_scanner&&) noexcept = default;
xml_scanner& xml_scanner::operator=(xml_scanner&&) noexcept = default;
xml_scanner::~xml_scanner() = default;

scan_result xml_scanner::next(std::string_view pending) { return impl_->next(pending); }
const start_tag& xml_scanner::tag() const { return impl_->item.tag(); }
std::string_view xml_scanner::namespace_uri() const { return impl_->item.namespace_uri(); }
const ns_bindings& xml_scanner::header_bindings() const { return impl_->item.header_bindings(); }

void xml_scanner::reset() {
  impl_->now = impl::phase::start;
  impl_->in_item = false;
}

void xml_scanner::free_memory() {
  if (!impl_->in_item)
    impl_->item.free_memory();
}

void xml_scanner::set_limits(const xml_limits& limits) { impl_->limits = limits; }

} // namespace fedhub
