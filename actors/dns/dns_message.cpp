#include "actors/dns/dns_message.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "protocol/dns/dns_query.hpp"

namespace fedhub {

namespace {

constexpr size_t header_size = 12;
constexpr size_t max_name_octets = 255; ///< on the wire (RFC 1035 §2.3.4).
constexpr size_t max_records = 256; ///< of one section; an answer of 64 KiB could claim thousands.
constexpr int max_aliases = 16;     ///< CNAME steps; more is a loop or an attack.

constexpr uint16_t type_cname = 5;
constexpr uint16_t type_soa = 6;
constexpr uint8_t rcode_no_error = 0;
constexpr uint8_t rcode_server_failure = 2;
constexpr uint8_t rcode_name_error = 3;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view rcode_name(uint8_t rcode) {
  constexpr std::string_view names[] = {"NOERROR",  "FORMERR", "SERVFAIL",
                                        "NXDOMAIN", "NOTIMP",  "REFUSED"};
  return rcode < std::size(names) ? names[rcode] : "an error code";
}

/// A position in a message, which never leaves it. After the first fault every further read fails
/// too, so a caller may check once, at the end of a record.
class reader {
public:
  explicit reader(std::span<const uint8_t> message, size_t position = 0)
    : message_(message), position_(position), good_(position <= message.size()) {}

  bool good() const { return good_; }
  size_t position() const { return position_; }

  uint8_t u8() {
    if (!need(1))
      return 0;
    return message_[position_++];
  }
  uint16_t u16() {
    auto high = u8();
    return static_cast<uint16_t>(high << 8 | u8());
  }
  uint32_t u32() {
    uint32_t high = u16();
    return high << 16 | u16();
  }
  std::span<const uint8_t> octets(size_t count) {
    if (!need(count))
      return {};
    auto result = message_.subspan(position_, count);
    position_ += count;
    return result;
  }
  void skip(size_t count) { octets(count); }

  /// Reads a name, compressed or not (RFC 1035 §4.1.4), in lower case and without the final dot.
  /// Octets that no host name has are escaped (\DDD). So a name is safe to log, and a dot inside a
  /// label cannot pass for one between labels.
  std::string name() {
    std::string result;
    size_t at = position_;
    size_t run = at; // where the current run of labels begins
    size_t octets_seen = 0;
    bool jumped = false;
    for (;;) {
      if (at >= message_.size())
        return fail();
      uint8_t length = message_[at];
      if ((length & 0xc0) == 0xc0) {
        if (at + 1 >= message_.size())
          return fail();
        size_t target = static_cast<size_t>(length & 0x3f) << 8 | message_[at + 1];
        if (!jumped)
          position_ = at + 2;
        jumped = true;
        if (target >= run) // a pointer may only lead to a *prior* name; each jump leads further
                           // back, so this loop ends
          return fail();
        at = run = target;
        continue;
      }
      if (length > 63)
        return fail();
      octets_seen += length + 1u;
      if (octets_seen > max_name_octets || at + 1 + length > message_.size())
        return fail();
      if (length == 0)
        break;
      if (!result.empty())
        result += '.';
      for (size_t i = at + 1; i <= at + length; ++i)
        append(result, message_[i]);
      at += length + 1u;
    }
    if (!jumped)
      position_ = at + 1;
    return result;
  }

private:
  bool need(size_t count) {
    if (!good_ || message_.size() - position_ < count)
      good_ = false;
    return good_;
  }
  std::string fail() {
    good_ = false;
    return {};
  }
  static void append(std::string& out, uint8_t octet) {
    char c = lower(static_cast<char>(octet));
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
      out += c;
      return;
    }
    out += '\\';
    out += static_cast<char>('0' + octet / 100);
    out += static_cast<char>('0' + octet / 10 % 10);
    out += static_cast<char>('0' + octet % 10);
  }

  std::span<const uint8_t> message_;
  size_t position_;
  bool good_;
};

/// A resource record. Its data stays in the message, since names in it may be compressed.
struct record {
  std::string owner;
  uint16_t type = 0;
  uint32_t ttl = 0;
  size_t data = 0; ///< position in the message.
  size_t size = 0;
};

record read_record(reader& in) {
  record result;
  result.owner = in.name();
  result.type = in.u16();
  auto record_class = in.u16();
  result.ttl = in.u32();
  if (result.ttl > 0x7fffffff) // RFC 2181 §8
    result.ttl = 0;
  result.size = in.u16();
  result.data = in.position();
  in.skip(result.size);
  // Also excludes the OPT pseudo record (RFC 6891), whose class field is a size.
  if (record_class != dns_number::class_in)
    result.type = 0;
  return result;
}

bool read_section(reader& in, size_t count, std::vector<record>& out) {
  if (count > max_records)
    return false;
  for (size_t i = 0; i < count; ++i) {
    auto record = read_record(in);
    if (!in.good())
      return false; // the record is left out, since its data may end after the message
    out.push_back(std::move(record));
  }
  return true;
}

bool read_service(std::span<const uint8_t> message, const record& record, dns_answer& out) {
  // The reader ends where the record ends, so a name cannot run into the next record.
  reader in{message.first(record.data + record.size), record.data};
  srv_record result;
  result.priority = in.u16();
  result.weight = in.u16();
  result.port = in.u16();
  result.target = in.name();
  if (!in.good() || in.position() != record.data + record.size)
    return false;
  out.services.push_back(std::move(result));
  return true;
}

bool read_association(std::span<const uint8_t> message, const record& record, dns_answer& out) {
  reader in{message.first(record.data + record.size), record.data};
  tlsa_record result;
  result.usage = in.u8();
  result.selector = in.u8();
  result.matching = in.u8();
  if (!in.good())
    return false;
  auto data = in.octets(record.size - 3);
  result.data.assign(data.begin(), data.end());
  out.associations.push_back(std::move(result));
  return true;
}

template <class Sockaddr, class Address>
bool read_address(std::span<const uint8_t> message, const record& record, int family,
                  Address Sockaddr::*field, dns_answer& out) {
  if (record.size != sizeof(Address))
    return false;
  Sockaddr addr{};
  std::memcpy(&(addr.*field), message.data() + record.data, record.size);
  auto* generic = reinterpret_cast<sockaddr*>(&addr);
  generic->sa_family = static_cast<sa_family_t>(family);
  out.addresses.emplace_back(generic, static_cast<socklen_t>(sizeof addr));
  return true;
}

bool read_data(std::span<const uint8_t> message, const record& record, dns_answer& out) {
  switch (static_cast<dns_type>(record.type)) {
  case dns_type::srv:
    return read_service(message, record, out);
  case dns_type::a:
    return read_address(message, record, AF_INET, &sockaddr_in::sin_addr, out);
  case dns_type::aaaa:
    return read_address(message, record, AF_INET6, &sockaddr_in6::sin6_addr, out);
  case dns_type::tlsa:
    return read_association(message, record, out);
  case dns_type::host:
    break;
  }
  return false;
}

/// Returns how long a negative answer holds: the SOA record's own TTL or its last field, whichever
/// is less (RFC 2308 §5).
std::optional<std::chrono::seconds> negative_ttl(std::span<const uint8_t> message,
                                                 const std::vector<record>& authority) {
  for (const auto& entry : authority) {
    if (entry.type != type_soa)
      continue;
    reader in{message.first(entry.data + entry.size), entry.data};
    in.name();
    in.name();
    in.skip(16);
    auto minimum = in.u32();
    if (in.good())
      return std::chrono::seconds{std::min(entry.ttl, minimum)};
  }
  return std::nullopt;
}

class answer_reader {
public:
  answer_reader(std::span<const uint8_t> message, const dns_question& question)
    : message_(message), question_(question) {}

  dns_answer read() {
    reader in{message_};
    in.skip(2);
    auto flags = in.u16();
    size_t questions = in.u16();
    size_t answers = in.u16();
    size_t authorities = in.u16();
    in.skip(2);
    if (message_.size() < header_size || (flags & 0x8000) == 0)
      return failure("malformed answer");
    if (auto rcode = static_cast<uint8_t>(flags & 0x0f);
        rcode != rcode_no_error && rcode != rcode_name_error) {
      auto result = failure(rcode_name(rcode));
      result.server_failed = rcode == rcode_server_failure;
      return result;
    }
    if ((flags & 0x0200) != 0)
      return failure("truncated answer");
    for (size_t i = 0; i < questions && in.good(); ++i) {
      in.name();
      in.skip(4);
    }
    std::vector<record> answer, authority;
    if (!in.good() || !read_section(in, answers, answer))
      return failure("malformed answer");
    // The authority section only limits how long a negative answer is kept, so a fault in it does
    // not spoil the answer.
    read_section(in, authorities, authority);
    auto result = follow(answer, authority, (flags & 0x0f) == rcode_name_error);
    result.secure = (flags & 0x0020) != 0 && result.what != dns_answer::kind::failed;
    return result;
  }

private:
  dns_answer follow(const std::vector<record>& answer, const std::vector<record>& authority,
                    bool name_error) {
    dns_answer result;
    auto owner = question_.name;
    for (int step = 0; step <= max_aliases; ++step) {
      const record* alias = nullptr;
      for (const auto& entry : answer) {
        if (entry.owner != owner)
          continue;
        if (entry.type == static_cast<uint16_t>(question_.type)) {
          if (!read_data(message_, entry, result))
            return failure("malformed answer");
          keep_at_most(result, entry.ttl);
        } else if (entry.type == type_cname) {
          alias = &entry;
        }
      }
      if (!result.services.empty() || !result.addresses.empty() || !result.associations.empty()) {
        result.what = dns_answer::kind::records;
        if (step != 0)
          result.canonical_name = owner;
        return result;
      }
      if (alias == nullptr)
        return negative(std::move(result), authority, name_error);
      reader in{message_.first(alias->data + alias->size), alias->data};
      owner = in.name();
      if (!in.good())
        return failure("malformed answer");
      keep_at_most(result, alias->ttl);
    }
    return failure("alias loop");
  }

  dns_answer negative(dns_answer result, const std::vector<record>& authority, bool name_error) {
    result.what = name_error ? dns_answer::kind::no_name : dns_answer::kind::no_data;
    result.detail = (name_error ? "NXDOMAIN for " : "no records for ") + question_.str();
    auto ttl = negative_ttl(message_, authority);
    if (ttl && result.ttl)
      ttl = std::min(*ttl, *result.ttl);
    // The alias's TTL alone does not say how long its target stays without records.
    result.ttl = ttl;
    return result;
  }

  dns_answer failure(std::string_view why) {
    dns_answer result;
    result.what = dns_answer::kind::failed;
    result.detail = std::string{why} + " for " + question_.str();
    return result;
  }

  static void keep_at_most(dns_answer& answer, uint32_t ttl) {
    std::chrono::seconds limit{ttl};
    answer.ttl = answer.ttl ? std::min(*answer.ttl, limit) : limit;
  }

  std::span<const uint8_t> message_;
  const dns_question& question_;
};

} // namespace

std::string_view to_string(dns_type type) {
  switch (type) {
  case dns_type::host:
    return "host";
  case dns_type::a:
    return "A";
  case dns_type::aaaa:
    return "AAAA";
  case dns_type::srv:
    return "SRV";
  case dns_type::tlsa:
    return "TLSA";
  }
  return "?";
}

std::string dns_question::str() const { return std::string{to_string(type)} + " " + name; }

dns_answer read_dns_answer(std::span<const uint8_t> message, const dns_question& question) {
  return answer_reader{message, question}.read();
}

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 253)
    return false;
  size_t label = 0;
  for (char c : name) {
    if (c == '.') {
      if (label == 0)
        return false;
      label = 0;
      continue;
    }
    c = lower(c);
    bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!good || ++label > 63)
      return false;
  }
  return label != 0;
}

} // namespace fedhub
