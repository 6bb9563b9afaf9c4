internal import Engine

extension AlertDesk: AlertTeller {
    /// Long enough for a slow receiver, short enough for a service manager's patience.
    private static let shutdownLimit = Duration.seconds(10)

    package func drain() async {
        await drain(within: Self.shutdownLimit)
    }
}
