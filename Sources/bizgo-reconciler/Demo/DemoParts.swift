internal import BizgoSimulator
internal import CSQLite
internal import Dispatch
internal import Engine
internal import FoundationEssentials
internal import Glibc
internal import Operations
internal import Reconciliation

/// The application in the demo: it sends, keeps a row for each message, and turns the row when a webhook comes.
///
/// `@unchecked Sendable`: the database handle is used on `queue` only.
final class DemoApplication: @unchecked Sendable {
    private let queue = DispatchQueue(label: "demo-application")
    private let database: OpaquePointer

    /// - Parameter path: of a database with the default table.
    init?(database path: String) {
        var handle: OpaquePointer?
        guard sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK, let handle
        else { return nil }
        sqlite3_busy_timeout(handle, 5000)
        database = handle
    }

    deinit {
        sqlite3_close_v2(database)
    }

    /// Notes messages that the provider has accepted.
    /// - Parameter status: `SENT` is what the story's application wrote.
    func accepted(_ keys: [String], at time: Timestamp, as status: String = "PENDING") {
        let rows = keys.map { "('\($0)', '\(status)', 'ALIMTALK', '\(time.iso8601(offset: KoreanTime.offset))')" }
        execute(
            "INSERT INTO notification_history (external_id, status, service_type, created_at) VALUES "
                + rows.joined(separator: ","))
    }

    /// What it called sent without a report is pending, as it should have been.
    func makeUnreportedPending() {
        execute("UPDATE notification_history SET status = 'PENDING' WHERE status = 'SENT' AND report_code IS NULL")
    }

    /// A webhook: what the application did before there was a reconciler, and still does.
    func received(_ report: WebhookReceiver.Report) -> Bool {
        let status = report.code == "10000" ? "SENT" : "DEAD_LETTER"
        return execute(
            """
            UPDATE notification_history SET status = '\(status)', report_code = '\(report.code)'
            WHERE external_id = '\(report.msgKey)' AND status = 'PENDING'
            """)
    }

    /// The table's counts: pending, sent, dead letters.
    func counts() -> (pending: Int, sent: Int, deadLetters: Int) {
        (count("PENDING"), count("SENT"), count("DEAD_LETTER"))
    }

    @discardableResult
    private func execute(_ sql: String) -> Bool {
        queue.sync { sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK }
    }

    private func count(_ status: String) -> Int {
        queue.sync {
            var statement: OpaquePointer?
            sqlite3_prepare_v2(
                database, "SELECT count(*) FROM notification_history WHERE status = '\(status)'", -1, &statement, nil)
            defer { sqlite3_finalize(statement) }
            return sqlite3_step(statement) == SQLITE_ROW ? Int(sqlite3_column_int64(statement, 0)) : 0
        }
    }
}

/// The provider in the demo: the simulator, with the messages of each scene.
struct DemoProvider {
    let simulator: Simulator
    private let now: Timestamp
    private let alimTalk = Channel(serviceType: "ALIMTALK", messageType: "AT")
    private let sms = Channel(serviceType: "SMS", messageType: "SM")

    /// - Parameter requestsPerSecond: taken of the account; the real provider takes 5.
    init(now: Timestamp, requestsPerSecond: Double) {
        var configuration = SimulatorConfiguration()
        configuration.key = DemoStage.key
        configuration.requestsPerSecond = requestsPerSecond
        configuration.burst = requestsPerSecond
        configuration.outcomes = .always(.delivered)
        configuration.reportDelay = .fixed(milliseconds: 800)
        simulator = Simulator(configuration: configuration)
        self.now = now
    }

    /// What a suspended account made of a day's messages: key and time of acceptance.
    func loadUnnoticed() -> [(key: String, acceptedAt: Timestamp)] {
        (0..<300).map { index in
            let acceptedAt = now - .seconds(60 + 280 * Int64(index))
            let key = "DEMOUNNOTICED\(1000 + index)A01"
            let refusal = report(alimTalk, "64008", "account has no usage permission", at: acceptedAt.milliseconds)
            load(key, at: acceptedAt, [refusal])
            return (key, acceptedAt)
        }
    }

    private func load(_ key: String, at acceptedAt: Timestamp, _ channels: [ChannelPlan]) {
        simulator.load([MessagePlan(msgKey: key, acceptedAt: acceptedAt.milliseconds, channels: channels)])
    }

    /// What two days of lost webhooks have left: key and time of acceptance.
    func loadBacklog() -> [(key: String, acceptedAt: Timestamp)] {
        var messages: [(key: String, acceptedAt: Timestamp)] = []
        func add(_ count: Int, _ name: String, hoursAgo: Int64, _ channels: (Int64) -> [ChannelPlan]) {
            for index in 0..<count {
                let acceptedAt = now - .seconds(hoursAgo * 3600 + Int64(index))
                let key = "DEMO\(name)\(1000 + index)A01"
                load(key, at: acceptedAt, channels(acceptedAt.milliseconds))
                messages.append((key, acceptedAt))
            }
        }
        add(300, "DELIVERED", hoursAgo: 26) { [report(alimTalk, "10000", "delivered", at: $0)] }
        add(20, "FALLBACK", hoursAgo: 26) {
            [report(alimTalk, "64016", "not a KakaoTalk user", at: $0), report(sms, "10000", "delivered", at: $0)]
        }
        add(25, "NOUSER", hoursAgo: 26) { [report(alimTalk, "64016", "not a KakaoTalk user", at: $0)] }
        add(6, "ONTHEWAY", hoursAgo: 2) { [ChannelPlan(alimTalk, startsAt: $0)] }
        add(12, "SILENT", hoursAgo: 80) { _ in [] }
        add(2, "UNCLEAR", hoursAgo: 80) { [report(alimTalk, "63005", "unclear", at: $0)] }
        return messages
    }

    /// The first of the silent ones was delivered after all.
    func deliverLate() {
        let acceptedAt = now - .seconds(80 * 3600)
        load(
            "DEMOSILENT1000A01", at: acceptedAt,
            [report(alimTalk, "10000", "delivered", at: acceptedAt.milliseconds)])
    }

    /// A message whose webhook arrives while the answer to the reconciler's question is on its way.
    func loadRace(at time: Timestamp) -> String {
        simulator.configure {
            $0.webhook.lostShare = 0
            $0.webhook.delayedShare = 1
            $0.webhook.delayMilliseconds = 1500
        }
        var slow = FaultRule(.delay, match: "DEMORACE1000A01", times: 1)
        slow.delayMilliseconds = 3000
        simulator.setFaults([slow])
        simulator.load([
            MessagePlan(
                msgKey: "DEMORACE1000A01", acceptedAt: (time - .seconds(3600)).milliseconds,
                channels: [
                    ChannelPlan(alimTalk, startsAt: time.milliseconds, reportCode: "10000", reportText: "delivered")
                ], announced: true)
        ])
        return "DEMORACE1000A01"
    }

    /// Sends as the application does, and returns the keys of what was accepted.
    func send(_ count: Int) -> [String] {
        let recipients = (0..<count).map { _ in SendRequest.Recipient(to: "01000000001", ref: nil) }
        let request = SendRequest(recipients: recipients, flow: [alimTalk], groupKey: nil, ref: nil)
        return simulator.send(request).compactMap(\.msgKey)
    }

    private func report(_ channel: Channel, _ code: String, _ text: String, at milliseconds: Int64) -> ChannelPlan {
        ChannelPlan(
            channel, startsAt: milliseconds, reportCode: code, reportText: text, visibleAt: milliseconds + 5000)
    }
}

/// The whole log goes to a file, as it would in production; the screen shows what tells the story: everything but the
/// lines about single messages, and of those the ones that are rare.
@EventLoop
final class DemoLog: Log {
    private let file: LineLog
    private let screen: LineLog

    init(file descriptor: Int32) {
        file = LineLog(Settings.Log(), descriptor: descriptor)
        screen = LineLog(Settings.Log())
    }

    func write(_ event: LogEvent) {
        file.write(event)
        guard ![EventName.messageSent, .messageDeadLetter].map(\.rawValue).contains(event.name) else { return }
        Terminal.progress("")
        screen.write(event)
    }

    func finish() {
        file.finish()
        screen.finish()
    }
}
