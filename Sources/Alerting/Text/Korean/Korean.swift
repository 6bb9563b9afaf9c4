internal import Reconciliation

/// Korean for operators: polite statements, and what to do after `조치:`.
struct Korean: Wording {
    let zone: Zone
    let whatToDo = "조치: "
    let overByNow = " (지금은 해소되었습니다.)"
    let test =
        "시험 알림입니다(bizgo-reconciler alert-test). 장애가 아니며, 이 경로로 알림이 정상적으로 도착하고 있습니다. "
        + "조치: 필요 없습니다. 열린 상태로 남아 있으면 직접 닫으십시오."

    func state(_ state: Alert.State) -> String {
        switch state {
        case .firing: "발생"
        case .resolved: "해소"
        }
    }

    /// `500건`
    func messages(_ count: Int) -> String { "\(NumberText.grouped(count))건" }

    func examples(_ list: String) -> String { "예시: \(list)" }

    func origin(since: Timestamp, host: String, version: String) -> String {
        "\(zone.second(since))부터, 서버 \(host), bizgo-reconciler \(version)"
    }

    /// `2026-11-24 02:43 +09:00`
    func time(_ time: Timestamp, withSeconds: Bool = false) -> String {
        withSeconds ? zone.second(time) : zone.minute(time)
    }

    /// `2026-11-24 02:43 +09:00 ~ 2026-11-24 03:10 +09:00`
    func span(_ alert: Alert) -> String {
        let isBrief = Readable.wasBrief(alert)
        let end = alert.resolvedAt ?? alert.lastEventAt
        return "\(time(alert.since, withSeconds: isBrief)) ~ \(time(end, withSeconds: isBrief))"
    }

    /// `(HTTP 503)`, or nothing. A detail is quoted as it is.
    func detail(_ alert: Alert) -> String {
        Readable.detail(alert).map { "(\($0))" } ?? ""
    }

    /// `23001(수신자)`: the table explains codes in English only, so the class stands for it.
    func code(_ code: String) -> String {
        guard let code = ReportCode(code) else { return code }
        return "\(code.text)(\(Self.name(of: code.meaning)))"
    }

    func labelledCode(_ alert: Alert) -> String { "코드 \(code(alert.identity.labels["code"] ?? "?"))" }

    /// `수신자 80, 내용 12`
    func reasons(_ alert: Alert, most: Int) -> String {
        Tally.list(Tally(alert.tally).reasons, most: most, Self.name(ofReason:))
    }

    /// `수신자 80 / 코드 23001(수신자) 80`
    func reasonsAndCodes(_ alert: Alert, most: Int) -> String {
        let codes = Tally.list(Tally(alert.tally).codes, most: most, code)
        return [reasons(alert, most: most), codes].filter { !$0.isEmpty }.joined(separator: " / 코드 ")
    }

    private static func name(ofReason reason: String) -> String {
        if let reason = DeadLetterReason(rawValue: reason) { return name(of: reason) }
        return ReportClass(rawValue: reason).map(name(of:)) ?? reason
    }

    private static func name(of reason: DeadLetterReason) -> String {
        switch reason {
        case .reported: "실패 보고"
        case .stale: "기한 경과"
        case .uncertain: "결과 불명"
        case .unverifiable: "확인 불가"
        }
    }

    private static func name(of meaning: ReportClass) -> String {
        switch meaning {
        case .delivered: "전달"
        case .expired: "시간 초과"
        case .transient: "일시 장애"
        case .recipient: "수신자"
        case .content: "내용"
        case .sender: "발신 정보"
        case .template: "템플릿"
        case .account: "계정"
        case .uncertain: "결과 불명"
        case .unknown: "원인 미상"
        }
    }
}
