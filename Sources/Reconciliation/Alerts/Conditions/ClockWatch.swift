/// Holds the wall clock against one that only goes forward at an even pace.
///
/// A jump forward makes every message look older than it may be: whether the clock was wrong before, is wrong now, or
/// the machine slept, nobody here can tell. So a message accepted before it is given up later by as much as the clock
/// has jumped: asked after its deadline all the same, whichever it was. A jump back makes messages look younger, which
/// gives none up too early, and takes back as much of what was added.
///
/// Known only while the process lives.
package struct ClockWatch: Hashable, Sendable {
    /// Smaller ones are steps of time synchronisation.
    package static let smallestJump = Duration.seconds(30)

    private struct Reading: Hashable, Sendable {
        var now: Timestamp
        var uptime: Duration
    }

    private var last: Reading?
    /// What messages accepted before `jumpedAt` are given more.
    private var allowance = Duration.zero
    private var jumpedAt: Timestamp?
    private var untold: [Duration] = []

    package init() {}

    /// Compares the clocks with what they said last.
    package mutating func look(now: Timestamp, uptime: Duration) {
        defer { last = Reading(now: now, uptime: uptime) }
        guard let last else { return }
        let jump = (now - last.now) - (uptime - last.uptime)
        guard abs(jump.wholeMilliseconds) > Self.smallestJump.wholeMilliseconds else { return }
        untold.append(jump)
        allowance = max(.zero, allowance + jump)
        if jump > .zero { jumpedAt = now }
        if allowance == .zero { jumpedAt = nil }
    }

    /// The jumps seen since this was last called; negative ones went back.
    package mutating func takeJumps() -> [Duration] {
        defer { untold = [] }
        return untold
    }

    /// The message as its age is to be judged.
    package func judged(_ message: DueMessage) -> DueMessage {
        guard let jumpedAt, let acceptedAt = message.acceptedAt, acceptedAt < jumpedAt else { return message }
        var judged = message
        judged.acceptedAt = acceptedAt + allowance
        return judged
    }

    /// `ClockJump`, once for all jumps.
    package static func observations(_ jumps: [Duration]) -> [AlertObservation] {
        guard !jumps.isEmpty else { return [] }
        let texts = jumps.map { ($0 > .zero ? "+" : "") + Measure.text($0) }
        return [.occurred(.clockJump, AlertOccurrence(count: jumps.count, detail: texts.joined(separator: ", ")))]
    }
}
