// The notebook as JSON.
extension Gateway {
    /// Everything counted; `?times=1` adds `times`, the arrivals in milliseconds since 1970 with three decimals.
    func showStatistics(_ request: HTTPRequest) -> HTTPResponse {
        let statistics = statistics
        var json = JSONWriter()
        json.object { json in
            json.object("requests") { json in
                for endpoint in Endpoint.allCases {
                    guard let byStatus = statistics.requests[endpoint] else { continue }
                    json.object(endpoint.rawValue) { json in
                        for (status, count) in byStatus.sorted(by: { $0.key < $1.key }) {
                            json.field(String(status), count)
                        }
                    }
                }
            }
            json.field("total", statistics.total)
            json.field("rate_limited", statistics.count(status: 429))
            json.field("refused_keys", statistics.refusedKeys)
            json.field("malformed", statistics.malformed)
            json.field("redirects_followed", statistics.redirectsFollowed)
            json.field("connections", statistics.connections)
            json.field("in_flight", statistics.inFlight)
            json.field("max_in_flight", statistics.maxInFlight)
            json.object("faults") { json in
                for (kind, count) in statistics.faults.sorted(by: { $0.key < $1.key }) { json.field(kind, count) }
            }
            json.object("webhooks") { write(statistics.webhooks, &$0) }
            json.field("messages", model.messages.count)
            json.field("waiting_reports", model.announcements.count)
            json.field("waiting_polling", model.polling.waitingCount)
            json.field("suspended", model.isSuspended)
            if request.parameter("times") == "1" {
                json.array("times") { json in
                    for time in statistics.arrivals { json.element(Self.milliseconds(time)) }
                }
            }
        }
        return HTTPResponse(status: 200, body: json.bytes)
    }

    private func write(_ webhooks: WebhookStatistics, _ json: inout JSONWriter) {
        json.field("reports", webhooks.reports)
        json.field("lost", webhooks.lost)
        json.field("repeated", webhooks.repeated)
        json.field("delayed", webhooks.delayed)
        json.field("attempts", webhooks.attempts)
        json.field("acknowledged", webhooks.acknowledged)
        json.field("failures", webhooks.failures)
        json.field("abandoned", webhooks.abandoned)
    }

    private static func milliseconds(_ microseconds: Int64) -> String {
        let fraction = String(microseconds % 1000)
        return String(microseconds / 1000) + "." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
}
