#include "protocol/negotiation/stream_features.hpp"

#include "protocol/negotiation/management_element.hpp"
#include "protocol/negotiation/sasl_external.hpp"

namespace fedhub {

std::string stream_features_xml(const stream_features& x) {
  using enum stream_features::starttls_offer;
  std::string out = "<stream:features>";
  if (x.starttls != none) {
    out.append("<starttls xmlns='").append(ns::tls);
    out.append(x.starttls == required ? "'><required/></starttls>" : "'/>");
  }
  if (x.dialback) {
    out.append("<dialback xmlns='").append(ns::dialback_feature);
    out.append(x.dialback_errors ? "'><errors/></dialback>" : "'/>");
  }
  if (x.external)
    out.append(external_offer_xml());
  if (x.bidi) {
    out.append("<bidi xmlns='").append(ns::bidi_feature).append("'/>");
    out.append("<bidi xmlns='").append(ns::bidi).append("'/>"); // for ejabberd
  }
  if (x.management)
    out.append(management_offer_xml());
  return out.append(stream_limits_xml(x.limits)).append("</stream:features>");
}

stream_features read_stream_features(const stream_element::node& x) {
  using enum stream_features::starttls_offer;
  stream_features out;
  if (const auto starttls = x.child(ns::tls, "starttls"))
    out.starttls = starttls->child(ns::tls, "required") ? required : optional;
  if (const auto dialback = x.child(ns::dialback_feature, "dialback")) {
    out.dialback = true;
    out.dialback_errors = dialback->child(ns::dialback_feature, "errors").has_value();
  }
  out.external = offers_external(x);
  out.bidi = x.child(ns::bidi_feature, "bidi") || x.child(ns::bidi, "bidi");
  out.management = offers_management(x);
  out.limits = read_stream_limits(x);
  return out;
}

} // namespace fedhub
