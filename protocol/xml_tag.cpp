#include "protocol/xml_tag.hpp"

#include <algorithm>

#include "protocol/xml_chars.hpp"
#include "protocol/xml_find.hpp"
#include "protocol/xml_reference.hpp"

namespace fedhub::xml {

namespace {

/// Checks a name that has more than one colon or octets beyond ASCII.
step check_unusual_name(const char* p, const char* end, bool cut_off, fault& why) {
  bool at_start = true;
  bool colon_seen = false;
  while (p != end) {
    if (*p == ':') {
      if (at_start || colon_seen) {
        why = not_well_formed("misplaced ':' in a name");
        return step::failed;
      }
      colon_seen = at_start = true;
      ++p;
      continue;
    }
    const code_point c = decode_utf8(p, end);
    if (c.truncated && cut_off)
      return step::incomplete;
    if (c.length == 0) {
      why = bad_encoding("a name is not UTF-8");
      return step::failed;
    }
    if (!(at_start ? is_name_start(c.value) : is_name_char(c.value))) {
      why = not_well_formed("a character that a name can't have");
      return step::failed;
    }
    at_start = false;
    p += c.length;
  }
  return step::done;
}

step name_at(const char* item, const char* p, const char* end, qualified_name& out, uint32_t& high,
             fault& why) {
  if (p == end)
    return step::incomplete;
  const name_run run = find_name_end(p, end);
  if (!run.plain) [[unlikely]] {
    high |= 1;
    if (const step x = check_unusual_name(p, run.end, run.end == end, why); x != step::done)
      return x;
  } else if (!is_ascii_name_start(*p)) {
    why = not_well_formed("a name was expected");
    return step::failed;
  }
  if (run.colon) {
    if (run.colon + 1 == end)
      return step::incomplete;
    if (run.colon + 1 == run.end
        || (is_ascii(run.colon[1]) && !is_ascii_name_start(run.colon[1]))) {
      why = not_well_formed("misplaced ':' in a name");
      return step::failed;
    }
    out.colon = static_cast<uint32_t>(run.colon - item);
  } else {
    out.colon = 0;
  }
  if (run.end == end)
    return step::incomplete;
  out.begin = static_cast<uint32_t>(p - item);
  out.end = static_cast<uint32_t>(run.end - item);
  return step::done;
}

/// Finds the closing quote of the value at `p`, which is behind the opening one.
step find_value_end(const char*& p, const char* end, char quote, uint32_t& high, fault& why) {
  for (;;) {
    p = find_in_value(p, end, quote, high);
    if (p == end)
      return step::incomplete;
    if (*p == quote)
      return step::done;
    if (*p != '&') {
      why = *p == '<' ? not_well_formed("'<' in an attribute value")
                      : not_well_formed("a control character");
      return step::failed;
    }
    const char* inside = p + 1;
    p = find_reference_end(inside, end);
    if (p == end)
      return step::incomplete;
    why = check_reference({inside, p}, *p == ';');
    if (why)
      return step::failed;
  }
}

/// Notes attribute names in 64 bits, so that most tags are cleared of duplicates without comparing.
class name_filter {
public:
  void add(const char* item, const qualified_name& x) {
    const auto first = static_cast<unsigned char>(item[x.begin]);
    const auto last = static_cast<unsigned char>(item[x.end - 1]);
    const uint64_t bit = uint64_t{1} << ((first * 5 + last + (x.end - x.begin) * 11) & 63);
    suspicious_ |= (seen_ & bit) != 0;
    seen_ |= bit;
  }
  bool suspicious() const { return suspicious_; }

private:
  uint64_t seen_ = 0;
  bool suspicious_ = false;
};

bool all_different(const char* item, tag_syntax& x) {
  const auto name = [item](const attribute& a) { return a.name.whole(item); };
  if (x.attributes.size() > 16) { // a peer must not buy quadratic work
    x.scratch = x.attributes;
    std::ranges::sort(x.scratch, {}, name);
    return std::ranges::adjacent_find(x.scratch, {}, name) == x.scratch.end();
  }
  for (size_t i = 1; i < x.attributes.size(); ++i)
    for (size_t k = 0; k < i; ++k)
      if (name(x.attributes[i]) == name(x.attributes[k]))
        return false;
  return true;
}

const char* skip_space(const char* p, const char* end) {
  while (p != end && is_space(*p))
    ++p;
  return p;
}

step fail(fault& why, const char* reason) {
  why = not_well_formed(reason);
  return step::failed;
}

/// `= 'value'` at `p`, which moves behind it.
step parse_value(const char* item, const char*& p, const char* end, attribute& out, uint32_t& high,
                 fault& why) {
  p = skip_space(p, end);
  if (p == end)
    return step::incomplete;
  if (*p != '=')
    return fail(why, "an attribute without '='");
  p = skip_space(p + 1, end);
  if (p == end)
    return step::incomplete;
  const char quote = *p;
  if (quote != '\'' && quote != '"')
    return fail(why, "an attribute value without quotes");
  ++p;
  out.value_begin = static_cast<uint32_t>(p - item);
  if (const step x = find_value_end(p, end, quote, high, why); x != step::done)
    return x;
  out.value_end = static_cast<uint32_t>(p - item);
  ++p;
  return step::done;
}

} // namespace

step parse_name(const char* item, size_t begin, size_t size, qualified_name& out, uint32_t& high,
                fault& why) {
  return name_at(item, item + begin, item + size, out, high, why);
}

step parse_start_tag(const char* item, size_t begin, size_t size, size_t max_attributes,
                     tag_syntax& out, uint32_t& high, fault& why) {
  const char* const end = item + size;
  out.attributes.clear();
  out.empty = false;
  if (const step x = name_at(item, item + begin + 1, end, out.name, high, why); x != step::done)
    return x;
  out.names_namespaces = out.name.colon != 0;
  const char* p = item + out.name.end;
  name_filter filter;
  for (;;) {
    const char* const before = p;
    p = skip_space(p, end);
    if (p == end)
      return step::incomplete;
    if (*p == '>')
      break;
    if (*p == '/') {
      if (++p == end)
        return step::incomplete;
      if (*p != '>')
        return fail(why, "'/' inside a tag");
      out.empty = true;
      break;
    }
    if (p == before)
      return fail(why, "no white space before an attribute");
    attribute x;
    if (const step y = name_at(item, p, end, x.name, high, why); y != step::done)
      return y;
    p = item + x.name.end;
    if (const step y = parse_value(item, p, end, x, high, why); y != step::done)
      return y;
    if (out.attributes.size() == max_attributes) {
      why = over_limit("too many attributes");
      return step::failed;
    }
    filter.add(item, x.name);
    out.names_namespaces |= x.name.colon != 0 || x.name.whole(item) == "xmlns";
    out.attributes.push_back(x);
  }
  out.end = static_cast<uint32_t>(p + 1 - item);
  if (filter.suspicious() && !all_different(item, out))
    return fail(why, "an attribute stands twice");
  return step::done;
}

} // namespace fedhub::xml
