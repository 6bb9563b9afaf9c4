import Reconciliation

/// What the tests of alerts have in common: times, rules, and a book that is told things at moments.
let start = Timestamp(seconds: 1_800_000_000)
let defaultRules = AlertRules(groupWait: .seconds(30), repeatEvery: .seconds(4 * 3600), keepFiringFor: .seconds(600))
let accountCode = ReportCode("64008")!
let accountRefused = AlertIdentity(.accountRefused, labels: ["code": "64008"])
let deadLetters = AlertIdentity(.deadLetters)
let unreachable = AlertIdentity(.providerUnreachable)

func occurrence(_ count: Int, named prefix: String = "k", tally: [String: Int] = [:]) -> AlertOccurrence {
    AlertOccurrence(count: count, examples: (0..<count).map { MessageKey("\(prefix)\($0)") }, tally: tally)
}

extension Timestamp {
    static func after(_ duration: Duration) -> Timestamp { start + duration }
}

extension AlertStates {
    mutating func apply(_ observation: AlertObservation, after duration: Duration, rules: AlertRules = defaultRules) {
        apply(observation, at: .after(duration), rules: rules)
    }

    mutating func advance(after duration: Duration) {
        advance(to: .after(duration), rules: defaultRules)
    }
}

/// One sink that takes everything at once: what it is told, and when.
struct EagerSink {
    var telling: NotificationRecord
    var told: [Told] = []

    struct Told: Equatable {
        var kind: NotificationKind
        var at: Duration
        var count: Int
    }

    init(_ identity: AlertIdentity) {
        telling = NotificationRecord(identity: identity, sink: "sink")
    }

    var kinds: [NotificationKind] { told.map(\.kind) }

    mutating func catchUp(_ alert: Alert?, after duration: Duration, rules: AlertRules = defaultRules) {
        guard let alert else { return }
        let now = Timestamp.after(duration)
        while case .tell(let kind, let at) = rules.next(alert, telling, inhibited: false), at <= now {
            told.append(Told(kind: kind, at: duration, count: alert.count))
            telling = telling.told(kind, of: alert, at: now)
            if rules.groupWait == .zero, kind == .repeated { return }
        }
    }
}
