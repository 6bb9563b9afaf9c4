internal import BizgoSimulator
internal import Glibc

/// The command line, read into a configuration.
struct Options {
    var configuration = SimulatorConfiguration()
    var lifetimeMilliseconds: Int64?
    var wantsHelp = false

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--help" || argument == "-h" {
                wantsHelp = true
                return
            }
            guard argument.hasPrefix("--") else {
                throw UsageError("unexpected argument '\(argument)'; options begin with --, see --help")
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard Self.names.contains(name) else { throw UsageError("unknown option '\(name)'; see --help") }
            guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst() else {
                throw UsageError("\(name) needs a value; see --help")
            }
            try set(name, value)
        }
    }

    private static let names: Set<String> = [
        "--port", "--key", "--key-file", "--rate", "--burst", "--send-rate", "--seed", "--retry-after", "--latency",
        "--empty-answer", "--request-time", "--history-order", "--history-missing", "--history-hidden",
        "--duplicate-answer", "--report-method", "--polling-batch", "--report-delay", "--outcome", "--webhook-url",
        "--webhook-secret", "--webhook-encoding", "--webhook-loss", "--webhook-repeat",
        "--webhook-delayed", "--client-id", "--client-password", "--token-lifetime", "--token-expired", "--token-rate",
        "--for",
    ]

    private mutating func set(_ name: String, _ value: String) throws(UsageError) {
        switch name {
        case "--port": configuration.port = try Self.number(name, value, "0 to 65535", UInt16.init)
        case "--key": configuration.key = try Self.key(name, value)
        case "--key-file": configuration.key = try Self.keyFile(name, value)
        case "--rate": configuration.requestsPerSecond = try Self.rate(name, value)
        case "--burst": configuration.burst = try Self.rate(name, value)
        case "--send-rate": configuration.recipientsPerSecond = try Self.rate(name, value)
        case "--seed": configuration.seed = try Self.number(name, value, "a whole number", { UInt64($0) })
        case "--retry-after":
            configuration.retryAfterSeconds = try Self.number(name, value, "whole seconds", { Int($0) })
        case "--latency": configuration.latencyMilliseconds = Int(try Self.duration(name, value))
        case "--empty-answer": configuration.emptyAnswer = try Self.choice(name, value)
        case "--request-time": configuration.requestTimeReading = try Self.choice(name, value)
        case "--history-order": configuration.historyOrder = try Self.choice(name, value)
        case "--history-missing": configuration.historyMissingShare = try Self.share(name, value)
        case "--history-hidden": configuration.historyHiddenShare = try Self.share(name, value)
        case "--duplicate-answer": configuration.duplicateAnswer = try Self.choice(name, value)
        case "--report-method": configuration.reportMethod = try Self.choice(name, value)
        case "--polling-batch":
            configuration.pollingBatch = try Self.number(name, value, "1 to 1000") { text in
                Int(text).flatMap { (1...1000).contains($0) ? $0 : nil }
            }
        case "--report-delay": configuration.reportDelay = try Self.delay(name, value)
        case "--outcome":
            configuration.outcomes = value == "mixed" ? .mixed : .always(try Self.choice(name, value))
        case "--for": lifetimeMilliseconds = try Self.duration(name, value)
        default:
            if name.hasPrefix("--webhook-") { try setWebhook(name, value) } else { try setClient(name, value) }
        }
    }

    private mutating func setClient(_ name: String, _ value: String) throws(UsageError) {
        switch name {
        case "--client-id": configuration.client.id = try Self.key(name, value)
        case "--client-password": configuration.client.password = try Self.key(name, value)
        case "--token-lifetime": configuration.client.tokenLifetimeMilliseconds = try Self.duration(name, value)
        case "--token-expired": configuration.client.expiry = try Self.choice(name, value)
        default: configuration.client.tokensPerMinute = try Self.rate(name, value)
        }
    }

    private mutating func setWebhook(_ name: String, _ value: String) throws(UsageError) {
        switch name {
        case "--webhook-url":
            guard SimulatorConfiguration.isWebhookURL(value) else {
                throw UsageError("--webhook-url '\(value)': give http://127.0.0.1:PORT/PATH, nothing else is served")
            }
            configuration.webhook.url = value
        case "--webhook-secret": configuration.webhook.secret = value
        case "--webhook-encoding": configuration.webhook.encoding = try Self.choice(name, value)
        case "--webhook-loss": configuration.webhook.lostShare = try Self.share(name, value)
        case "--webhook-repeat": configuration.webhook.repeatedShare = try Self.share(name, value)
        default: configuration.webhook.delayedShare = try Self.share(name, value)
        }
    }

    static let help = """
        bizgo-simulator: the provider Bizgo (generations comm and omni) on 127.0.0.1

        --port N               port to listen on; 0 = any free one (default 0)
        --key K, --key-file F  the API key accepted (default sim-key)
        --rate N, --burst N    requests per second and at once, sends excepted; 0 = no limit (default 5 and 5)
        --send-rate N          recipients per second; 0 = no limit (default 200)
        --retry-after S        seconds named with 429 (default: none named)
        --latency DURATION     how long every answer takes (default 0s)
        --seed N               where outcomes come from (default 1)
        --outcome O            mixed, delivered, failed, uncertain, in_flight, fallback_delivered,
                               fallback_failed, fallback_in_flight, suspended (default mixed)
        --report-delay D       how long reports take: 2s, or 1s..10s evenly spread (default 0s)
        --empty-answer A       list, null, absent_list, absent_data, null_data, a820: the answer where there is no
                               report (default list)
        --request-time R       since, day, around: what requestTime of the history means (default since)
        --history-order O      asc, desc, shuffled (default asc)
        --history-missing X    share of messages that the history leaves out (default 0)
        --history-hidden X     share of messages, of those with several channels, of which the history leaves out the
                               channels that delivered (default 0)
        --duplicate-answer A   with_key, without_key, refusal: A301 to a known idempotency key (default with_key)
        --report-method M      webhook, polling (default webhook)
        --polling-batch N      reports in one polled batch at most (default 1000)
        --webhook-url URL      http://127.0.0.1:PORT/PATH (default: none, webhooks are lost)
        --webhook-secret S     the HMAC key (default sim-webhook-secret)
        --webhook-encoding E   hex, base64 (default hex)
        --webhook-loss X, --webhook-repeat X, --webhook-delayed X
                               shares of webhooks lost, sent twice, sent 5 s late (default 0)
        --client-id I, --client-password P
                               the client that gets tokens of omni (default sim-client, sim-password)
        --token-lifetime D     how long a token is taken (default 24h)
        --token-expired F      iso8601, compact, unix, unix_ms, missing, garbage: data.expired (default iso8601)
        --token-rate N         tokens a minute; 0 = no limit (default 6)
        --for SECONDS          end by itself; a bare number is seconds, 500ms and 2m work too
        --help                 this text

        Durations: 500ms, 30s, 10m, 72h, 7d. The control plane is below /_sim/. SIGTERM and SIGINT end it.

        """
}
