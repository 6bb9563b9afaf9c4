/// Stops asking a provider that does not answer, and tries again now and then with a single question.
///
///     closed ──threshold failures in a row──▶ open ──pause over──▶ probing ──answer──▶ closed
///                                              ▲                      │
///                                              └──failure, pause × 2──┘
package struct CircuitBreaker: Sendable {
    package enum State: Hashable, Sendable {
        case closed(failuresInARow: Int)
        case open(until: Duration, openings: Int)
        case probing(openings: Int)
    }

    package enum Permission: Hashable, Sendable {
        case granted
        case refused
    }

    package static let threshold = 5
    package static let firstPause = Duration.seconds(15)
    package static let longestPause = Duration.seconds(300)

    package private(set) var state: State = .closed(failuresInARow: 0)

    package init() {}

    /// Whether a question may be put now. While probing only the one that opened the probe may.
    package mutating func permission(at now: Duration) -> Permission {
        switch state {
        case .closed:
            return .granted
        case .open(let until, let openings) where now >= until:
            state = .probing(openings: openings)
            return .granted
        case .open, .probing:
            return .refused
        }
    }

    /// A question was answered.
    package mutating func answered() {
        state = .closed(failuresInARow: 0)
    }

    /// A question failed, for whatever reason: a provider that says "no" to everything is no provider either.
    /// - Returns: true when this failure opened it.
    package mutating func failed(at now: Duration) -> Bool {
        switch state {
        case .closed(let failures) where failures + 1 < Self.threshold:
            state = .closed(failuresInARow: failures + 1)
            return false
        case .closed:
            open(at: now, openings: 1)
            return true
        case .probing(let openings):
            open(at: now, openings: openings + 1)
            return true
        case .open:
            return false
        }
    }

    /// A question that was permitted has not been put after all: if it was the probe, another one may be.
    package mutating func withdrawn(at now: Duration) {
        if case .probing(let openings) = state { state = .open(until: now, openings: openings) }
    }

    private mutating func open(at now: Duration, openings: Int) {
        let doublings = min(openings - 1, 10)
        let pause = min(Self.firstPause * (1 << doublings), Self.longestPause)
        state = .open(until: now + pause, openings: openings)
    }
}
