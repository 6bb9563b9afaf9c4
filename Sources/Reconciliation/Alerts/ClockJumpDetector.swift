/// What messages are given more because the clock has jumped forward.
package struct ClockAllowance: Hashable, Sendable {
    package var more: Duration
    /// For messages accepted before that: when the clock had jumped.
    package var before: Timestamp

    package init(more: Duration, before: Timestamp) {
        self.more = more
        self.before = before
    }

    /// The message as its age is to be judged.
    package func judged(_ message: DueMessage) -> DueMessage {
        guard let acceptedAt = message.acceptedAt, acceptedAt < before else { return message }
        var judged = message
        judged.acceptedAt = acceptedAt + more
        return judged
    }
}

/// Holds the wall clock against one that only goes forward at an even pace.
///
/// A jump forward makes every message look older than it may be: whether the clock was wrong before, is wrong now, or
/// the machine slept, nobody here can tell. So a message accepted before it is given up later by as much as the clock
/// has jumped: asked after its deadline all the same, whichever it was. A jump back makes messages look younger, which
/// gives none up too early, and takes back as much of what was added.
///
/// A jump is seen only while the process lives; what it gives is noted for the next one (`allowance`, `resume`).
package struct ClockJumpDetector: Hashable, Sendable {
    /// Smaller ones are steps of time synchronisation.
    package static let smallestJump = Duration.seconds(30)

    /// What was noted later than that was reckoned from a clock that was ahead, by more than a step of time
    /// synchronisation: its time is now, if it is not over.
    package static func latestNote(at now: Timestamp) -> Timestamp { now + smallestJump }

    private struct Reading: Hashable, Sendable {
        var now: Timestamp
        var uptime: Duration
    }

    private var last: Reading?
    /// Nil where there is none.
    package private(set) var allowance: ClockAllowance?
    private var untold: [Duration] = []

    package init() {}

    /// Takes over what an earlier process has noted. Where the clock is not yet where it was then, it has been set back
    /// meanwhile, and as much is taken back.
    package mutating func resume(_ earlier: ClockAllowance, now: Timestamp) {
        let more = earlier.more - max(.zero, earlier.before - now) + (allowance?.more ?? .zero)
        guard more > .zero else { return }
        allowance = ClockAllowance(more: more, before: allowance?.before ?? min(earlier.before, now))
    }

    /// Compares the clocks with what they said last.
    package mutating func look(now: Timestamp, uptime: Duration) {
        defer { last = Reading(now: now, uptime: uptime) }
        guard let last else { return }
        let jump = (now - last.now) - (uptime - last.uptime)
        guard abs(jump.wholeMilliseconds) > Self.smallestJump.wholeMilliseconds else { return }
        untold.append(jump)
        let more = (allowance?.more ?? .zero) + jump
        let before = jump > .zero ? now : allowance?.before
        allowance = more > .zero ? before.map { ClockAllowance(more: more, before: $0) } : nil
    }

    /// The jumps seen since this was last called; negative ones went back.
    package mutating func takeJumps() -> [Duration] {
        defer { untold = [] }
        return untold
    }

    /// The message as its age is to be judged.
    package func judged(_ message: DueMessage) -> DueMessage {
        allowance?.judged(message) ?? message
    }

    /// `ClockJump`, once for all jumps.
    package static func observations(_ jumps: [Duration]) -> [AlertObservation] {
        guard !jumps.isEmpty else { return [] }
        let texts = jumps.map { ($0 > .zero ? "+" : "") + Measure.text($0) }
        return [.occurred(.clockJump, AlertOccurrence(count: jumps.count, detail: texts.joined(separator: ", ")))]
    }
}
