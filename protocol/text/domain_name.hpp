// Domain names, compared as XMPP requires.
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
/// `str`, the A-labels, is for DNS, TLS and logs. `wire` is for streams: some servers know
/// themselves by U-labels only. Copies share the texts, since a stream names the same two domains
/// in many places.
class domain_name {
public:
  domain_name() = default;

  /// Parses a domainpart.
  /// @returns nothing if `text` is not a domain: it is empty, is over 255 octets as A-labels, has
  ///          an empty label or one over 63 octets, or has a character that IDNA2008 or the rules
  ///          for host names (letters, digits, hyphen, underscore) do not allow. A label that looks
  ///          like an A-label but is none (`xn--rih`) is accepted like any other: such names exist
  ///          in DNS, and each has only one form.
  static std::optional<domain_name> parse(std::string_view text);
  /// Parses a domainpart like `parse`. The name is `in_ascii` if `text` is ASCII. An answer must
  /// name domains as the question did, since the asking server might not recognise another form.
  static std::optional<domain_name> parse_as_written(std::string_view text);

  const std::string& str() const { return text_ ? text_->ascii : none; }
  /// Returns the name as it stands in a stream: with U-labels (RFC 7622 §3.2.1, RFC 5890 §2.3.2.1)
  /// if they lead back to the same name and the name is not `in_ascii`.
  const std::string& wire() const;
  /// Returns the same name for a server that knows itself by A-labels: its `wire` is `str`.
  domain_name in_ascii() const;
  /// Returns whether `wire` gives A-labels although the name has U-labels.
  bool is_in_ascii() const { return text_ && text_->in_ascii; }
  /// Returns the same name in the form that `parse` gives it.
  domain_name in_unicode() const;
  /// Returns the name as IDNA2003 maps it, for servers that do not know IDNA2008. IDNA2003 maps
  /// each deviation character (UTS 46 §2.3: ß, ς, a joiner) away: "straße.example" becomes
  /// "strasse.example". A name without deviation characters is returned unchanged. The mapping has
  /// no inverse.
  domain_name transitional() const;
  /// Returns whether `transitional` is another name. This is rare.
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
    std::string unicode = {}; ///< the same name with U-labels; empty if it has none.
    bool in_ascii = false;    ///< `wire` is `ascii`.
  };

  explicit domain_name(texts both) : text_(std::make_shared<const texts>(std::move(both))) {}

  bool has_other_form() const;

  static const std::string none; ///< the text of an empty name.
  std::shared_ptr<const texts> text_;
};

/// Returns whether a server may take both for one domain: they are equal by IDNA2008 or by
/// IDNA2003.
bool same_under_either(const domain_name& a, const domain_name& b);

} // namespace fedhub

template <>
struct std::hash<fedhub::domain_name> {
  size_t operator()(const fedhub::domain_name& x) const noexcept {
    return std::hash<std::string>{}(x.str());
  }
};
