#include "tests/unit/protocol/xml/xml_scanner_feed.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <sstream>

namespace fedhub::test {

std::string describe(const scanned& x) {
  std::ostringstream out;
  const auto span = [&](const char* name, const span32& s) {
    if (s)
      out << ' ' << name << '=' << s.begin << ".." << s.end;
  };
  switch (x.status) {
  case scan_status::need_more:
    out << "need_more";
    break;
  case scan_status::header:
  case scan_status::element:
    out << (x.status == scan_status::header ? "header" : "element");
    span("name", x.tag.name);
    span("prefix", x.tag.prefix);
    span("to", x.tag.to);
    span("from", x.tag.from);
    span("id", x.tag.id);
    span("type", x.tag.type);
    span("lang", x.tag.lang);
    span("xmlns", x.tag.xmlns);
    out << " end=" << x.tag.end << (x.tag.empty ? " empty" : "") << " prefixes=" << std::hex
        << x.tag.header_prefixes << (x.tag.inherits_namespace ? " inherits" : "")
        << (x.tag.declares_prefix ? " declares" : "")
        << " obstacle=" << static_cast<int>(x.tag.obstacle) << " {" << x.namespace_uri << "}";
    break;
  case scan_status::stream_end:
    out << "stream_end";
    break;
  case scan_status::error:
    out << "error " << to_string(x.error) << ": " << x.reason;
    break;
  }
  out << " [" << x.text << "]";
  return out.str();
}

std::vector<std::string> describe(const std::vector<scanned>& all) {
  std::vector<std::string> lines;
  std::ranges::transform(all, std::back_inserter(lines),
                         [](const scanned& x) { return describe(x); });
  return lines;
}

std::vector<scanned> feed(xml_scanner& scanner, std::string_view text, const cutter& cut) {
  std::vector<scanned> all;
  std::string pending;
  for (;;) {
    const scan_result x = scanner.next(pending);
    scanned seen;
    seen.status = x.status;
    seen.error = x.error;
    seen.reason = x.reason;
    seen.text = pending.substr(x.skip, x.length);
    if (x.status == scan_status::header || x.status == scan_status::element) {
      seen.tag = scanner.tag();
      seen.namespace_uri = scanner.namespace_uri();
    }
    pending.erase(0, x.skip + x.length);
    if (x.status != scan_status::need_more)
      all.push_back(seen);
    if (x.status == scan_status::error)
      return all;
    if (x.status == scan_status::need_more) {
      if (text.empty())
        return all;
      const size_t size = std::min(cut(), text.size());
      pending += text.substr(0, size);
      // Moves the octets, so that a scanner which kept a pointer to them is noticed.
      pending.shrink_to_fit();
      text.remove_prefix(size);
    }
  }
}

cutter at_random(unsigned seed) {
  const auto random = std::make_shared<std::minstd_rand>(seed);
  return [random] {
    const auto x = (*random)();
    return x % 4 ? 1 + x / 4 % 5 : 1 + x / 4 % 40;
  };
}

} // namespace fedhub::test
