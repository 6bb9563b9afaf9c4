internal import CSystem
internal import Operations

/// How many file descriptors there are, and what for. libdispatch ends the process when it gets none, so they must
/// not run out.
enum DescriptorLimit {
    /// What no command can do without: the streams, libdispatch's own, the database's, some to spare.
    private static let least = 32
    /// Beside connections to the provider and to sinks, an ordinary sink included: the two connections to the
    /// database, temporary files, a program that is started, libdispatch's, and some to spare.
    private static let reserve = 48
    /// A socket, and two more while its host's name is looked up.
    private static let perConnection = 3
    /// Enough for whatever may be configured; more would slow programs down that close all there could be.
    private static let most: UInt = 65_536

    static var current: Int { Int(clamping: bizgo_descriptor_limit()) }

    /// As far up as it may go without privileges.
    /// - Throws: exit 70 when there are too few for anything.
    static func raise() throws(CommandFailure) {
        bizgo_raise_descriptor_limit(most)
        guard current < least else { return }
        throw CommandFailure(
            .software,
            "the process may have only \(current) file descriptors and needs \(least) at least: raise the limit"
                + " (\(remedy))")
    }

    /// - Returns: why so many requests at a time cannot be; nil when they can.
    static func obstacle(maxInFlight: Int, limit: Int = current) -> String? {
        let needed = reserve + perConnection * maxInFlight
        guard needed > limit else { return nil }
        let fitting = (limit - reserve) / perConnection
        let lower = fitting > 0 ? "lower it to \(fitting), or " : ""
        return "\(maxInFlight) at a time may take \(needed) file descriptors, and the process may have \(limit):"
            + " \(lower)raise the limit (\(remedy))"
    }

    private static let remedy = "LimitNOFILE= in its unit, or `ulimit -n`"
}
