// Domain names as XMPP compares them.
#pragma once

#include <compare>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fedhub {

/// A domainpart in its comparable form: A-labels, lower case, no final dot (RFC 7622 §3.2,
/// IDNA2008). "MÜNCHEN.example.", "münchen.example" and "xn--mnchen-3ya.example" are one value. IP
/// literals are kept as they are (IPv6 in brackets). Never empty unless default-constructed.
///
/// DNS, TLS and logs take that form; streams take `wire`, for servers know themselves by U-labels
/// only. Copies share the texts: a stream names the same two domains in many places.
class domain_name {
public:
  domain_name() = default;

  /// @returns nothing if `text` is no domain: empty, over 255 octets as A-labels, a label over 63
  ///          octets or empty, or a character that IDNA2008 and host name rules (letters, digits,
  ///          hyphen, underscore) do not allow. A label that claims to be an A-label and is none
  ///          (`xn--rih`) is one like any other: DNS has such names, and each has one form only.
  static std::optional<domain_name> parse(std::string_view text);
  /// The same, `in_ascii` if the text is: an answer names domains as the question did, or else who
  /// asked does not know them again.
  static std::optional<domain_name> parse_as_written(std::string_view text);

  const std::string& str() const { return text_ ? text_->ascii : none; }
  /// As it stands in a stream: with U-labels (RFC 7622 §3.2.1, RFC 5890 §2.3.2.1) where those lead
  /// back to the same name, unless it is `in_ascii`.
  const std::string& wire() const;
  /// The same name for a server that knows itself by A-labels: `wire` is `str`.
  domain_name in_ascii() const;
  /// Whether it is so, and has U-labels.
  bool is_in_ascii() const { return text_ && text_->in_ascii; }
  /// The same name as `parse` gives it.
  domain_name in_unicode() const;
  /// What IDNA2003 makes of the name, as servers do that know nothing newer: a deviation character
  /// (UTS 46 §2.3: ß, ς, a joiner) is mapped away. "straße.example": "strasse.example". Itself
  /// where it has none: nothing leads back.
  domain_name transitional() const;
  /// Whether that is another name: of nearly no name it is.
  bool deviates() const { return text_ && !text_->unicode.empty() && has_other_form(); }
  bool empty() const { return !text_; }
  bool is_ip_literal() const;

  friend bool operator==(const domain_name& a, const domain_name& b) {
    return a.text_ == b.text_ || a.str() == b.str();
  }
  friend std::strong_ordering operator<=>(const domain_name& a, const domain_name& b) {
    return a.str() <=> b.str();
  }

private:
  struct texts {
    std::string ascii;
    std::string unicode = {}; ///< the same with U-labels; empty: it has none.
    bool in_ascii = false;    ///< `wire` is `ascii`.
  };

  explicit domain_name(texts x) : text_(std::make_shared<const texts>(std::move(x))) {}

  bool has_other_form() const;

  static const std::string none; ///< the text of the empty one.
  std::shared_ptr<const texts> text_;
};

/// Whether servers may take the two for one domain: they are equal by IDNA2008, or by IDNA2003.
bool same_under_either(const domain_name& a, const domain_name& b);

/// "partner.example", "*.partner.example" (any depth below, not the domain itself) or "*" (all).
class domain_pattern {
public:
  static std::optional<domain_pattern> parse(std::string_view text);

  bool matches(const domain_name& x) const;
  /// Whether it matches the domain as IDNA2003 has both of them, or as they stand.
  bool matches_either(const domain_name& x) const;
  /// The pattern with `domain_name::transitional` of its base.
  domain_pattern transitional() const;
  bool wildcard() const { return wildcard_; }
  /// The part behind "*."; the whole for an exact pattern; empty for "*".
  const domain_name& base() const { return base_; }
  std::string str() const;

  friend bool operator==(const domain_pattern&, const domain_pattern&) = default;

private:
  domain_name base_;
  bool wildcard_ = false;
};

/// A sender domain and a target domain (XEP-0220 §1.1): what a stream speaks for.
struct domain_pair {
  domain_name from;
  domain_name to;

  friend bool operator==(const domain_pair&, const domain_pair&) = default;
  friend auto operator<=>(const domain_pair&, const domain_pair&) = default;
};

} // namespace fedhub

template <>
struct std::hash<fedhub::domain_name> {
  size_t operator()(const fedhub::domain_name& x) const noexcept {
    return std::hash<std::string>{}(x.str());
  }
};

template <>
struct std::hash<fedhub::domain_pair> {
  size_t operator()(const fedhub::domain_pair& x) const noexcept {
    return std::hash<std::string>{}(x.from.str()) * 1099511628211u
           ^ std::hash<std::string>{}(x.to.str());
  }
};
