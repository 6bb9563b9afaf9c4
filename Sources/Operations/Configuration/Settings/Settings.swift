/// The whole configuration: what the file says, and the default for everything it does not say.
package struct Settings: Sendable, Equatable {
    package var api = Api()
    package var reconcile = Reconcile()
    package var store = Store()
    package var alerts = Alerts()
    /// Seconds east of UTC of the times that people read; nil for those of the store.
    package var timeZoneOffset: Int?
    package var heartbeat = Heartbeat()
    package var metrics = Metrics()
    package var statusPage = StatusPage()
    package var log = Log()

    /// What is allowed but probably not meant.
    package var warnings: [ConfigurationProblem] = []

    /// The defaults.
    package init() {}
}

extension Settings {
    init(_ reader: ObjectReader) {
        self.init()
        api = Api(reader.section("api"))
        reconcile = Reconcile(reader.section("reconcile"))
        store = Store(reader.section("store"))
        alerts = Alerts(reader.section("alerts"))
        timeZoneOffset = reader.optional("time_zone", otherwise: nil, TimeZoneText.read)
        heartbeat = Heartbeat(reader.section("heartbeat"))
        metrics = Metrics(reader.section("metrics"))
        statusPage = StatusPage(reader.section("status_page"))
        log = Log(reader.section("log"))
        reader.finish()
    }
}
