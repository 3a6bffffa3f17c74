#include "protocol/text/domain_name.hpp"

#include <algorithm>
#include <memory>

#include <idn2.h>

#include "protocol/text/ip_address.hpp"

namespace fedhub {

namespace {

constexpr size_t max_domain = 255; ///< octets as A-labels, RFC 7622 §3.2
constexpr size_t max_label = 63;   ///< octets of an A-label, RFC 1035 §2.3.4
/// The longest domain in U-labels, in octets. UTF-8 needs at most four octets for each octet of the
/// A-label.
constexpr size_t max_unicode_domain = 4 * max_domain;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

bool is_host_label(std::string_view label) {
  return !label.empty() && label.size() <= max_label && label.front() != '-' && label.back() != '-'
         && std::ranges::all_of(label, is_host_char);
}

template <class F>
bool all_labels(std::string_view text, F holds) {
  for (;;) {
    const size_t dot = text.find('.');
    if (!holds(text.substr(0, dot)))
      return false;
    if (dot == text.npos)
      return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_host_name(std::string_view name) {
  return name.size() <= max_domain && all_labels(name, is_host_label);
}

struct idn2_deleter {
  void operator()(char* x) const { idn2_free(x); }
};
using idn2_string = std::unique_ptr<char, idn2_deleter>;

/// Returns the A-labels of a text without NUL, by IDNA2008 with the mapping of UTS 46.
/// @param processing whether to keep deviation characters (`IDN2_NONTRANSITIONAL`).
idn2_string to_ascii(const std::string& text, int processing = IDN2_NONTRANSITIONAL) {
  char* out = nullptr;
  if (idn2_to_ascii_8z(text.c_str(), &out, processing | IDN2_NFC_INPUT) != IDN2_OK)
    return nullptr;
  return idn2_string{out};
}

/// Returns the A-labels, encoding each label by itself. An ASCII label stays as it is, even one
/// that looks like an A-label but is none. Empty if a label cannot be encoded.
std::string to_ascii_by_label(std::string_view name) {
  std::string all;
  const bool good = all_labels(name, [&](std::string_view label) {
    all.append(all.empty() ? "" : ".");
    if (std::ranges::none_of(label, is_beyond_ascii)) {
      all.append(label);
      return !label.empty();
    }
    const auto encoded = to_ascii(std::string{label});
    if (encoded)
      all.append(encoded.get());
    return encoded != nullptr;
  });
  return good ? all : std::string{};
}

/// Characters that IDNA2003 maps to others or removes, and that IDNA2008 keeps (UTS 46 §2.3).
constexpr std::string_view deviations[] = {"ß", "ς", "\u200C", "\u200D"};

constexpr std::string_view a_label_mark = "xn--";

bool has_a_label(std::string_view name) {
  return !all_labels(name, [](std::string_view label) { return !label.starts_with(a_label_mark); });
}

/// Returns the U-label of an A-label. Returns any other label unchanged, as well as an A-label
/// whose U-label does not lead back to it.
std::string u_label(std::string_view label) {
  std::string text{label};
  char* out = nullptr;
  if (!label.starts_with(a_label_mark)
      || idn2_to_unicode_8z8z(text.c_str(), &out, IDN2_NONTRANSITIONAL) != IDN2_OK)
    return text;
  const idn2_string unicode{out};
  const auto back = to_ascii(unicode.get());
  return back && back.get() == text ? std::string{unicode.get()} : text;
}

/// Returns the name with U-labels in place of its A-labels.
std::string to_unicode(std::string_view name) {
  std::string all;
  all_labels(name, [&](std::string_view label) {
    all.append(all.empty() ? "" : ".").append(u_label(label));
    return true;
  });
  return all;
}

bool is_ipv4(std::string_view text) {
  return text.find(':') == text.npos && ip_address::parse(text);
}

bool is_bracketed_ipv6(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']')
    return false;
  const auto inside = text.substr(1, text.size() - 2);
  return inside.find(':') != inside.npos && ip_address::parse(inside);
}

} // namespace

const std::string domain_name::none;

std::optional<domain_name> domain_name::parse(std::string_view text) {
  if (text.empty() || text.size() > max_unicode_domain)
    return {};
  std::string name;
  name.resize(text.size());
  std::ranges::transform(text, name.begin(), lower);
  if (name.front() == '[') {
    if (!is_bracketed_ipv6(name))
      return {};
    return domain_name{{std::move(name)}};
  }
  if (std::ranges::any_of(name, is_beyond_ascii)) {
    if (name.find('\0') != name.npos)
      return {};
    const idn2_string ascii = to_ascii(name);
    name = ascii ? std::string{ascii.get()} : to_ascii_by_label(name);
  }
  if (name.ends_with('.'))
    name.pop_back();
  if (!is_host_name(name))
    return {};
  std::string unicode;
  if (has_a_label(name))
    if (auto text = to_unicode(name); text != name)
      unicode = std::move(text);
  return domain_name{{std::move(name), std::move(unicode)}};
}

std::optional<domain_name> domain_name::parse_as_written(std::string_view text) {
  const auto name = parse(text);
  return name && std::ranges::none_of(text, is_beyond_ascii) ? name->in_ascii() : name;
}

const std::string& domain_name::wire() const {
  return text_ && !text_->unicode.empty() && !text_->in_ascii ? text_->unicode : str();
}

domain_name domain_name::in_ascii() const {
  return wire() == str() ? *this : domain_name{{text_->ascii, text_->unicode, true}};
}

domain_name domain_name::in_unicode() const {
  return is_in_ascii() ? domain_name{{text_->ascii, text_->unicode}} : *this;
}

bool domain_name::has_other_form() const {
  const auto holds = [&](auto deviation) {
    return text_->unicode.find(deviation) != std::string::npos;
  };
  return std::ranges::any_of(deviations, holds) && transitional() != *this;
}

domain_name domain_name::transitional() const {
  if (!text_ || text_->unicode.empty())
    return *this;
  const auto ascii = to_ascii(text_->unicode, IDN2_TRANSITIONAL);
  return ascii ? parse(ascii.get()).value_or(*this) : *this;
}

bool same_under_either(const domain_name& a, const domain_name& b) {
  return a == b || a.transitional() == b.transitional();
}

bool domain_name::is_ip_literal() const {
  return !empty() && (str().front() == '[' || is_ipv4(str()));
}

} // namespace fedhub
