internal import BizgoSimulator
internal import Reconciliation

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

    /// What two days of lost webhooks have left: key and time of acceptance.
    func loadBacklog() -> [(key: String, acceptedAt: Timestamp)] {
        var messages: [(key: String, acceptedAt: Timestamp)] = []
        func add(_ count: Int, _ name: String, hoursAgo: Int64, _ channels: (Int64) -> [ChannelPlan]) {
            for index in 0..<count {
                let acceptedAt = now - .seconds(hoursAgo * 3600 + Int64(index))
                let key = "DEMO\(name)\(1000 + index)A01"
                simulator.load([
                    MessagePlan(
                        msgKey: key, acceptedAt: acceptedAt.milliseconds, channels: channels(acceptedAt.milliseconds))
                ])
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
        let acceptedAt = (now - .seconds(80 * 3600)).milliseconds
        simulator.load([
            MessagePlan(
                msgKey: "DEMOSILENT1000A01", acceptedAt: acceptedAt,
                channels: [report(alimTalk, "10000", "delivered", at: acceptedAt)])
        ])
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
