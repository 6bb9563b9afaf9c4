/// What the simulator saw: the witness's notebook.
package struct SimulatorStatistics: Sendable {
    /// API requests by endpoint and by HTTP status; status 0 = the connection was broken off instead.
    package var requests: [Endpoint: [Int: Int]] = [:]
    /// Faults played, by kind.
    package var faults: [String: Int] = [:]
    /// When API requests arrived, in microseconds since 1970, in order; at most ``arrivalLimit``.
    package var arrivals: [Int64] = []
    /// Connections accepted.
    package var connections = 0
    /// API requests being answered.
    package var inFlight = 0
    /// The most at a time.
    package var maxInFlight = 0
    /// Requests that were not HTTP or too long.
    package var malformed = 0
    /// Requests to where the redirect fault points.
    package var redirectsFollowed = 0
    /// Requests whose key was missing or wrong.
    package var refusedKeys = 0
    /// Webhooks.
    package var webhooks = WebhookStatistics()

    /// Keeps a benchmark from filling the memory.
    package static let arrivalLimit = 4_000_000

    /// Nothing seen yet.
    package init() {}

    /// API requests of all kinds.
    package var total: Int { requests.values.reduce(0) { $0 + $1.values.reduce(0, +) } }

    /// Requests of one kind.
    package func count(_ endpoint: Endpoint) -> Int {
        requests[endpoint]?.values.reduce(0, +) ?? 0
    }

    /// Answers with one status.
    package func count(status: Int) -> Int {
        requests.values.reduce(0) { $0 + ($1[status] ?? 0) }
    }

    mutating func arrived(at microseconds: Int64) {
        if arrivals.count < Self.arrivalLimit { arrivals.append(microseconds) }
        inFlight += 1
        maxInFlight = max(maxInFlight, inFlight)
    }
}

/// What became of the reports that were to be POSTed.
package struct WebhookStatistics: Sendable, Equatable {
    /// Reports that matured.
    package var reports = 0
    /// Never sent: by chance, or no address was registered.
    package var lost = 0
    /// Planned to be sent twice.
    package var repeated = 0
    /// Planned to be sent late.
    package var delayed = 0
    /// Requests made.
    package var attempts = 0
    /// Answered as expected.
    package var acknowledged = 0
    /// Attempts answered wrongly, late or not at all.
    package var failures = 0
    /// Given up after the last retry.
    package var abandoned = 0

    /// Nothing yet.
    package init() {}
}
