#include "tests/unit/protocol/xml/xml_scanner_feed.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <sstream>

namespace fedhub::test {

std::string describe(const scanned& scanned) {
  std::ostringstream out;
  const auto span = [&](const char* name, const span32& s) {
    if (s)
      out << ' ' << name << '=' << s.begin << ".." << s.end;
  };
  switch (scanned.status) {
  case scan_status::need_more:
    out << "need_more";
    break;
  case scan_status::header:
  case scan_status::element:
    out << (scanned.status == scan_status::header ? "header" : "element");
    span("name", scanned.tag.name);
    span("prefix", scanned.tag.prefix);
    span("to", scanned.tag.to);
    span("from", scanned.tag.from);
    span("id", scanned.tag.id);
    span("type", scanned.tag.type);
    span("lang", scanned.tag.lang);
    span("xmlns", scanned.tag.xmlns);
    out << " end=" << scanned.tag.end << (scanned.tag.empty ? " empty" : "")
        << " prefixes=" << std::hex << scanned.tag.header_prefixes
        << (scanned.tag.inherits_namespace ? " inherits" : "")
        << (scanned.tag.declares_prefix ? " declares" : "")
        << " obstacle=" << static_cast<int>(scanned.tag.obstacle) << " {" << scanned.namespace_uri
        << "}";
    break;
  case scan_status::stream_end:
    out << "stream_end";
    break;
  case scan_status::error:
    out << "error " << to_string(scanned.error) << ": " << scanned.reason;
    break;
  }
  out << " [" << scanned.text << "]";
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
    const scan_result result = scanner.next(pending);
    scanned seen;
    seen.status = result.status;
    seen.error = result.error;
    seen.reason = result.reason;
    seen.text = pending.substr(result.skip, result.length);
    if (result.status == scan_status::header || result.status == scan_status::element) {
      seen.tag = scanner.tag();
      seen.namespace_uri = scanner.namespace_uri();
    }
    pending.erase(0, result.skip + result.length);
    if (result.status != scan_status::need_more)
      all.push_back(seen);
    if (result.status == scan_status::error)
      return all;
    if (result.status == scan_status::need_more) {
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
    const auto result = (*random)();
    return result % 4 ? 1 + result / 4 % 5 : 1 + result / 4 % 40;
  };
}

} // namespace fedhub::test
