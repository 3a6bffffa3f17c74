#include "protocol/negotiation/stream_features.hpp"

#include "protocol/negotiation/management_element.hpp"
#include "protocol/negotiation/sasl_external.hpp"
#include "protocol/text/namespaces.hpp"

namespace fedhub {

std::string stream_features_xml(const stream_features& features) {
  using enum stream_features::starttls_offer;
  std::string out = "<stream:features>";
  if (features.starttls != none) {
    out.append("<starttls xmlns='").append(ns::tls);
    out.append(features.starttls == required ? "'><required/></starttls>" : "'/>");
  }
  if (features.dialback) {
    out.append("<dialback xmlns='").append(ns::dialback_feature);
    out.append(features.dialback_errors ? "'><errors/></dialback>" : "'/>");
  }
  if (features.external)
    out.append(external_offer_xml());
  if (features.bidi) {
    out.append("<bidi xmlns='").append(ns::bidi_feature).append("'/>");
    out.append("<bidi xmlns='").append(ns::bidi).append("'/>"); // for ejabberd
  }
  if (features.management)
    out.append(management_offer_xml());
  return out.append(stream_limits_xml(features.limits)).append("</stream:features>");
}

stream_features read_stream_features(const stream_element::node& element) {
  using enum stream_features::starttls_offer;
  stream_features out;
  if (const auto starttls = element.child(ns::tls, "starttls"))
    out.starttls = starttls->child(ns::tls, "required") ? required : optional;
  if (const auto dialback = element.child(ns::dialback_feature, "dialback")) {
    out.dialback = true;
    out.dialback_errors = dialback->child(ns::dialback_feature, "errors").has_value();
  }
  out.external = offers_external(element);
  out.bidi = element.child(ns::bidi_feature, "bidi") || element.child(ns::bidi, "bidi");
  out.management = offers_management(element);
  out.limits = read_stream_limits(element);
  return out;
}

} // namespace fedhub
