internal import Engine
internal import Reconciliation

/// All that is measured. Pure: neither clock nor file. Label values are words of our own, names
/// of alerts and sinks, and a version: never anything about one message.
struct MetricSet: Sendable {
    private var buildInfo = gauge("build_info", ["version"], help: "Always 1; the version is its label.")
    private var startTime = gauge("start_time_seconds", help: "When the process started, in Unix time.")
    private var messages = gauge(
        "messages", ["status"],
        help:
            "Rows of the table. Up to 50,000 rows all are counted after every cycle; in a larger table sent and dead_letter"
            + " every ten minutes, and pending too where no index finds them.")
    private var oldestPendingAge = gauge(
        "oldest_pending_age_seconds",
        help:
            "Age of the oldest pending message, 0 where there is none. With an index: of the first 1,000 in the table's"
            + " order; without one: as old as the count of messages.")
    private var lastSuccess = gauge("last_cycle_success", help: "Whether the last cycle worked: 1 or 0.")
    private var lastEnd = gauge("last_cycle_timestamp_seconds", help: "When the last cycle ended, in Unix time.")
    private var cycleDuration = HistogramMetric(
        MetricSet.prefix + "cycle_duration_seconds", bounds: [0.01, 0.05, 0.25, 1, 5, 15, 30, 60, 120, 300, 900],
        help: "How long cycles took.")
    private var cycles = counter(
        "cycles_total", ["result"],
        help: "Cycles: ok, failed (the provider did not answer), store_failed (the database could not be worked on).")
    private var settled = counter(
        "settled_total", ["source", "outcome"],
        help:
            "Messages settled by asking (inquiry), fetched reports (polling) or webhooks: sent, dead_letter, or late, which"
            + " is a dead letter that became sent.")
    private var deadLetters = counter(
        "dead_letters_total", ["reason"], help: "Pending messages that became dead letters.")
    private var failures = counter(
        "failures_total", ["class"],
        help: "Pending messages that the provider reported as failed, by the class of the report code.")
    private var reportDelay = HistogramMetric(
        MetricSet.prefix + "report_delay_seconds",
        bounds: [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 10_800, 21_600, 86_400, 259_200],
        help: "How long after their acceptance messages were reported, by the reports' own times.")
    private var requests = counter(
        "requests_total", ["endpoint", "result"], help: "Requests to the provider, retries included.")
    private var requestDuration = HistogramMetric(
        MetricSet.prefix + "request_duration_seconds", labels: ["endpoint"],
        bounds: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60], help: "How long requests took.")
    private var rateLimited = counter("rate_limited_total", help: "Requests answered with 429.")
    private var firing = gauge("alerts_firing", ["alertname"], help: "Alerts that fire now.")
    private var deliveries = counter(
        "alert_deliveries_total", ["sink", "result"], help: "Attempts to tell a sink of an alert: accepted or failed.")
    private var webhooks = counter(
        "webhooks_total", ["result"],
        help:
            "Webhooks that came here: taken, foreign (from another address), unsigned (or signed wrongly, or too long ago),"
            + " unreadable, ignored (no reports).")
    private var webhookDuration = HistogramMetric(
        MetricSet.prefix + "webhook_duration_seconds",
        bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
        help: "How long webhooks waited for their answer.")
    private var verified = counter(
        "verified_total", ["result"],
        help:
            "Messages that the provider's history was held against: agrees, false_sent (SENT, and failed), missing_row,"
            + " healed (a dead letter that was delivered).")
    private var databaseSize = gauge("database_size_bytes", help: "Size of the database file, without its journal.")
    private var reloadSuccess = gauge(
        "config_reload_success",
        help: "Whether the configuration read last was taken: 1, or 0 when the one before it stays.")

    static let prefix = "bizgo_reconciler_"

    init(version: String, startedAt: Timestamp) {
        buildInfo.set(1, version)
        startTime.set(startedAt.seconds)
        reloadSuccess.set(1)
        rateLimited.begin()
        cycleDuration.begin()
        webhookDuration.begin()
        reportDelay.begin()
        for meaning in ReportClass.failures { failures.begin(meaning.rawValue) }
        for result in WebhookResult.allCases { webhooks.begin(result.rawValue) }
        for result in VerificationOutcome.allCases { verified.begin(result.rawValue) }
        for result in CycleResult.allCases { cycles.begin(result.rawValue) }
        for reason in DeadLetterReason.allCases { deadLetters.begin(reason.rawValue) }
        for name in AlertName.allCases { firing.begin(name.rawValue) }
        for source in Settlement.Source.allCases {
            for outcome in Outcome.allCases { settled.begin(source.rawValue, outcome.rawValue) }
        }
        for endpoint in Endpoint.allCases {
            requestDuration.begin(endpoint.rawValue)
            for result in RequestResult.allCases { requests.begin(endpoint.rawValue, result.rawValue) }
        }
    }

    /// What a message became. A dead letter that is only told more precisely is none of these.
    private enum Outcome: String, CaseIterable {
        case sent
        case deadLetter = "dead_letter"
        case late
    }

    // MARK: What happens

    mutating func requested(_ endpoint: Endpoint, _ result: RequestResult, took duration: Duration) {
        requests.add(1, endpoint.rawValue, result.rawValue)
        requestDuration.observe(duration, endpoint.rawValue)
        if result == .rateLimited { rateLimited.add() }
    }

    mutating func settled(_ settlement: Settlement, at now: Timestamp) {
        if let delay = settlement.delay(learntAt: now) { reportDelay.observe(delay.length) }
        if case .failed(let meaning) = MessageOutcome(settlement) { failures.add(1, meaning.rawValue) }
        let outcome: Outcome
        switch (settlement.from, settlement.to) {
        case (.deadLetter, .sent): outcome = .late
        case (.pending, .sent): outcome = .sent
        case (.pending, .deadLetter):
            outcome = .deadLetter
            deadLetters.add(1, (settlement.reason ?? .reported).rawValue)
        default: return
        }
        settled.add(1, settlement.source.rawValue, outcome.rawValue)
    }

    mutating func cycleEnded(_ result: CycleResult, took duration: Duration, at now: Timestamp) {
        cycles.add(1, result.rawValue)
        cycleDuration.observe(duration)
        lastSuccess.set(result == .ok ? 1 : 0)
        lastEnd.set(now.seconds)
    }

    mutating func answered(webhook result: WebhookResult, took duration: Duration) {
        webhooks.add(1, result.rawValue)
        webhookDuration.observe(duration)
    }

    mutating func verified(_ outcome: VerificationOutcome, count: Int) {
        verified.add(Double(count), outcome.rawValue)
    }

    mutating func begin(sink: String) {
        for isAccepted in [true, false] { deliveries.begin(sink, Self.word(isAccepted: isAccepted)) }
    }

    mutating func delivered(to sink: String, isAccepted: Bool) {
        deliveries.add(1, sink, Self.word(isAccepted: isAccepted))
    }

    mutating func reloaded(isTaken: Bool) {
        reloadSuccess.set(isTaken ? 1 : 0)
    }

    // MARK: How things stand

    mutating func firing(_ alerts: [AlertName: Int]) {
        for name in AlertName.allCases { firing.set(Double(alerts[name] ?? 0), name.rawValue) }
    }

    mutating func database(bytes: Int) {
        databaseSize.set(Double(bytes))
    }

    mutating func counted(_ status: RowStatus, _ rows: Int) {
        messages.set(Double(rows), status.rawValue)
    }

    mutating func oldestPending(acceptedAt: Timestamp?, at now: Timestamp) {
        oldestPendingAge.set(acceptedAt.map { max(now - $0, .zero) / .seconds(1) } ?? 0)
    }

    // MARK: Text

    var text: String {
        var text = MetricText()
        for gauge in [buildInfo, startTime, reloadSuccess, messages, oldestPendingAge, databaseSize] {
            gauge.write(to: &text)
        }
        for metric in [cycles, lastSuccess, lastEnd] { metric.write(to: &text) }
        cycleDuration.write(to: &text)
        for counter in [settled, deadLetters, failures, requests, rateLimited] { counter.write(to: &text) }
        reportDelay.write(to: &text)
        requestDuration.write(to: &text)
        webhooks.write(to: &text)
        webhookDuration.write(to: &text)
        verified.write(to: &text)
        for metric in [firing, deliveries] { metric.write(to: &text) }
        return text.text
    }

    private static func word(isAccepted: Bool) -> String { isAccepted ? "accepted" : "failed" }
}

private func gauge(_ name: String, _ labels: [String] = [], help: String) -> SimpleMetric {
    SimpleMetric(.gauge, MetricSet.prefix + name, labels: labels, help: help)
}

private func counter(_ name: String, _ labels: [String] = [], help: String) -> SimpleMetric {
    SimpleMetric(.counter, MetricSet.prefix + name, labels: labels, help: help)
}

extension Timestamp {
    fileprivate var seconds: Double { Double(milliseconds) / 1000 }
}
