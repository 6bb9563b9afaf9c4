internal import Reconciliation

/// Tells somebody else after a cycle that the daemon works, or does not, so that its silence is noticed (a service like
/// healthchecks.io: GET to an address, or to the same with `/fail`).
///
/// In its own time: no cycle waits for it. What is not taken is tried again after the next cycle, and is a line in the
/// log, the first time; nobody is alerted, for that is the other side's work.
@EventLoop
package final class Heartbeat {
    /// For one ping.
    package nonisolated static let timeout = Duration.seconds(10)

    private let address: Address
    private let transport: any HTTPTransport
    private let time: any Timekeeper
    private let log: any Log
    private var schedule: HeartbeatSchedule
    /// What is to be told when the ping under way has ended.
    private var next: Bool?
    private var isPinging = false
    private var isFailing = false

    /// - Parameter url: absolute; a secret, so it is never logged.
    package init(
        url: String, interval: Duration, transport: any HTTPTransport, time: any Timekeeper, log: any Log
    ) {
        address = Address(url)
        schedule = HeartbeatSchedule(interval: interval)
        self.transport = transport
        self.time = time
        self.log = log
    }

    /// Returns at once.
    package func cycleEnded(isWorking: Bool) {
        next = isWorking
        guard !isPinging else { return }
        isPinging = true
        EventLoop.task { [self] in
            while let isWorking = next {
                next = nil
                if schedule.isDue(isWorking: isWorking, at: time.uptime) { await ping(isWorking: isWorking) }
            }
            isPinging = false
        }
    }

    private func ping(isWorking: Bool) async {
        let begunAt = time.uptime
        let url = isWorking ? address.working : address.failing
        let problem = await problem(HTTPRequest(to: url, timeout: Self.timeout))
        guard let problem else {
            schedule.told(isWorking: isWorking, at: begunAt)
            if isFailing { log.write(LogEvent(.info, .heartbeatRecovered)) }
            isFailing = false
            return
        }
        if !isFailing { log.write(LogEvent(.warn, .heartbeatFailed, [LogField("error", .string(problem))])) }
        isFailing = true
    }

    /// Why a ping was not taken; nil when it was.
    private func problem(_ request: HTTPRequest) async -> String? {
        do throws(TransportError) {
            let status = try await transport.send(request).status
            switch status {
            case 200..<300: return nil
            case 300..<400: return "HTTP \(status): redirects are not followed; name the address it leads to"
            default: return "HTTP \(status)"
            }
        } catch {
            return error.detail
        }
    }
}

extension Heartbeat {
    /// The address of a heartbeat, and what is made from it.
    package struct Address: Sendable {
        /// After a cycle that worked.
        package let working: String
        /// After one that did not: `/fail` at the end of the path, before a query.
        package let failing: String
        /// Of the same server, but no ping: for `check`. At healthchecks.io even a HEAD of the address counts as one.
        package let harmless: String

        package init(_ url: String) {
            let query = url.firstIndex(of: "?") ?? url.endIndex
            var path = url[..<query]
            working = url
            while path.hasSuffix("/") { path.removeLast() }
            failing = path + "/fail" + url[query...]
            let scheme = url.prefix { $0 != ":" } + "://"
            harmless = scheme + url.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" } + "/robots.txt"
        }
    }
}
