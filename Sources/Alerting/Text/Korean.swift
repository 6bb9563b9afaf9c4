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

    /// The name of the class that the alert is about.
    private func labelledClass(_ alert: Alert) -> String {
        Self.name(ofReason: alert.identity.labels["class"] ?? "?")
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

extension Korean {
    func firing(_ alert: Alert, most: Int) -> AlertMeaning {
        let since = "\(time(alert.since))부터"
        let detail = detail(alert)
        switch alert.identity.name {
        case .accountRefused, .senderRefused, .deadLetters, .staleMessages, .lateReports, .webhookRejected,
            .webhookDisagrees, .falseSent, .missingRows:
            return firingOfMessages(alert, most: most)
        case .providerUnreachable:
            return AlertMeaning(
                what: "\(since) Bizgo에서 쓸 수 있는 응답이 오지 않습니다\(detail). 그동안 메시지를 확인할 수 없으나, 이 때문에 포기하는 메시지는 없으며 조회는 자동으로 "
                    + "계속됩니다.",
                first: "이 서버의 네트워크, 이름 해석, 프록시를 확인한 다음 Bizgo 공지를 확인하십시오.")
        case .providerRefused where alert.cause == .polling:
            return AlertMeaning(
                what: "\(since) 리포트를 가져올 수 없습니다(A801). Bizgo 콘솔에 이 키의 리포트 수신 방식이 WEBHOOK으로 되어 있습니다. 메시지는 건별로 계속 확인하고 "
                    + "있습니다.",
                first: "Bizgo 콘솔에서 리포트 수신 방식을 POLLING으로 바꾸거나, 설정의 api.report_method를 \"webhook\"으로 바꾸십시오.")
        case .providerRefused:
            return AlertMeaning(
                what: "\(since) Bizgo가 키 또는 접속 주소를 거부하고 있습니다\(detail). 그동안 메시지를 확인할 수 없으나, 이 때문에 포기하는 메시지는 없습니다.",
                first: "Bizgo 콘솔에서 API 키가 유효한지, 이 서버의 IP 주소가 등록되어 있는지 확인한 다음 bizgo-reconciler check를 실행하십시오.")
        case .storeTrouble where alert.cause == .rows:
            return AlertMeaning(
                what: "\(since) 일부 메시지의 결과를 테이블이 받아들이지 않고 있습니다\(detail). 나머지는 모두 반영됩니다.",
                first: "store.statuses가 테이블의 CHECK 제약과 트리거에 맞는지 확인하십시오. 자세한 내용은 bizgo-reconciler status로 볼 수 있습니다.")
        case .storeTrouble:
            return AlertMeaning(
                what: "\(since) 메시지 데이터베이스를 사용할 수 없습니다\(detail). 그동안 결과가 반영되지 않으나, 유실되는 것은 없습니다.",
                first: alert.cause == .server
                    ? "데이터베이스 서버가 실행 중이며 주 서버인지, 설정한 계정으로 접속되는지 확인하십시오. 빠진 권한은 "
                        + "bizgo-reconciler check로 확인할 수 있습니다. 잠금이라면 서버에 열린 채 남은 트랜잭션을 찾으십시오."
                    : "디스크 여유 공간, 파일 권한, 파일을 점유한 다른 프로세스를 확인하십시오.")
        case .sinkFailing:
            return AlertMeaning(
                what: "\(since) 알림 경로 \(Readable.sink(alert))에 알림이 전달되지 않고 있습니다\(detail). 알림은 보관되며, 경로가 복구되면 전달됩니다.",
                first: remedy(alert.cause))
        case .webhookGap:
            return AlertMeaning(
                what: "\(since) 결과가 확정된 메시지 중 웹훅이 아니라 조회로 확인한 비율이 너무 높습니다\(detail). 웹훅 경로에 문제가 있어 결과가 늦게 반영되는 것으로 "
                    + "보입니다.",
                first: "웹훅이 Bizgo에 등록되어 있는지, 수신 주소가 200으로 응답하는지 확인하십시오.")
        case .pendingAging:
            return AlertMeaning(
                what: "\(since) 너무 오래 대기 중인 메시지가 있습니다\(detail). 이 메시지들이 전달되었는지 아직 알 수 없습니다.",
                first: "bizgo-reconciler status로 Bizgo 상태와 마지막 주기를 확인하십시오.")
        case .backlog:
            return AlertMeaning(
                what: "\(since) 대기 중인 메시지가 너무 많습니다\(detail). 결과가 늦게 반영됩니다.",
                first: "bizgo-reconciler status를 확인하고, 웹훅이 들어오는지 보거나 계정 한도 안에서 requests_per_second를 높이십시오.")
        case .rateLimited where alert.cause == .token:
            return AlertMeaning(
                what: "\(since) Bizgo가 토큰 요청에 429로 응답하고 있습니다\(detail). 토큰 요청이 너무 많습니다. 그동안 메시지를 확인할 수 없으나 유실되는 것은 "
                    + "없으며, 약 1분마다 다시 요청합니다.",
                first: "api.client_id를 함께 쓰는 다른 프로그램을 찾으십시오.")
        case .rateLimited:
            return AlertMeaning(
                what: "\(since) Bizgo가 요청 대부분에 429로 응답하고 있습니다\(detail). 확인이 느려지나, 유실되는 것은 없습니다.",
                first: "requests_per_second를 낮추거나, 계정 한도를 함께 쓰는 다른 프로그램을 찾으십시오.")
        case .failureRate:
            return AlertMeaning(
                what: "\(since) '\(labelledClass(alert))' 분류로 실패한 메시지의 비율이 너무 높습니다\(detail). 수신자는 이 메시지를 받지 못했습니다.",
                first: "bizgo-reconciler list --status dead_letter로 코드를 확인한 다음, 런북에 있는 분류별 조치를 따르십시오.")
        case .slowReports:
            return AlertMeaning(
                what: "\(since) 결과 보고가 늦은 메시지의 비율이 너무 높습니다\(detail). 메시지나 보고가 Bizgo, 카카오 또는 통신사에서 지연되고 있습니다.",
                first: "Bizgo 공지를 확인하고, 지연이 계속되면 Bizgo 고객센터에 문의하십시오. 그동안 유실되는 것은 없습니다.")
        case .cycleOverrun:
            return AlertMeaning(
                what: "\(since) 처리 주기가 설정된 간격의 다섯 배보다 오래 걸리고 있습니다\(detail). 결과가 늦게 반영됩니다.",
                first: "bizgo-reconciler status를 확인하고, bizgo-reconciler check로 인덱스가 있는지 확인하십시오.")
        case .unreadableRows:
            return AlertMeaning(
                what: "\(since) 메시지 테이블의 일부 행을 읽을 수 없습니다\(detail). 시각을 읽을 수 없는 메시지는 포기하지 않으며, 키를 읽을 수 없는 메시지는 조회하지 "
                    + "않습니다.",
                first: "bizgo-reconciler check로 예시와 고칠 설정을 확인하십시오.")
        case .clockJump:
            return AlertMeaning(
                what: "\(since) 이 서버의 시계가 크게 바뀌었습니다\(detail). 그 전에 접수된 메시지는 그만큼 늦게 포기하며, 로그의 시각이 틀릴 수 있습니다.",
                first: "서버의 시각 동기화(NTP)를 확인하십시오.")
        case .canaryLost:
            return AlertMeaning(
                what: "\(since) 점검용 메시지(카나리)의 전달이 제시간에 확인되지 않고 있습니다\(detail). 다른 메시지도 전달되지 않고 있을 수 있습니다.",
                first: "점검용 메시지를 받는 전화기를 확인한 다음, Bizgo 콘솔에서 계정과 발신 프로필의 상태를 확인하십시오.")
        case .deliveryCollapse where alert.cause == .silence:
            return AlertMeaning(
                what: "\(since) Bizgo가 접수한 메시지 중 전달이 확인된 비율이 평소보다 크게 낮습니다\(detail). 테이블의 상태와는 무관합니다.",
                first: "메시지 몇 건을 bizgo-reconciler ask로 확인한 다음, Bizgo 콘솔에서 계정 상태를 확인하십시오.")
        case .deliveryCollapse:
            return AlertMeaning(
                what: "\(since) Bizgo가 접수한 메시지 중 실패한 비율이 평소보다 크게 높습니다\(detail). 테이블의 상태와는 무관하며, 수신자 대부분이 메시지를 받지 "
                    + "못하고 있습니다.",
                first: "bizgo-reconciler verify로 실패 코드를 확인한 다음, Bizgo 콘솔에서 계정 상태를 확인하십시오.")
        case .senderBlocked:
            return AlertMeaning(
                what: "\(since) 발신 프로필을 사용할 수 없습니다\(detail). 메시지는 접수되지만 아무도 받지 못합니다.",
                first: "Bizgo 콘솔과 카카오톡 채널 관리자센터에서 발신 프로필의 상태를 확인하십시오.")
        }
    }

    private func firingOfMessages(_ alert: Alert, most: Int) -> AlertMeaning {
        let count = messages(alert.count)
        let since = "\(time(alert.since))부터"
        switch alert.identity.name {
        case .accountRefused:
            return AlertMeaning(
                what: "\(labelledCode(alert)): \(since) 메시지 \(count)이 거부되었습니다. 이 계정의 모든 메시지가 거부되고 있어 아무도 받지 못합니다.",
                first: "Bizgo 콘솔에서 계정 상태를 확인하거나 Bizgo 고객센터에 문의하십시오. 거부된 메시지는 원인을 해결한 뒤 애플리케이션에서 다시 보내야 합니다.")
        case .senderRefused:
            return AlertMeaning(
                what: "\(labelledCode(alert)): \(since) 메시지 \(count)이 거부되었습니다. 이 발신자의 모든 메시지가 거부되고 있습니다.",
                first: "Bizgo 콘솔에서 발신 프로필이나 발신 번호의 상태와 등록 여부를 확인하십시오. 거부된 메시지는 원인을 해결한 뒤 애플리케이션에서 다시 보내야 합니다.")
        case .deadLetters:
            return AlertMeaning(
                what: "\(since) 메시지 \(count)이 실패했습니다: \(reasonsAndCodes(alert, most: most)). 수신자는 메시지를 받지 못했습니다.",
                first: "특정 코드가 두드러지면 그 원인을 해결하십시오. 목록은 bizgo-reconciler list --reason reported로 볼 수 있습니다.")
        case .staleMessages:
            return AlertMeaning(
                what: "\(since) 메시지 \(count)의 확인을 포기했습니다: \(reasons(alert, most: most)). Bizgo에 조회했으나 최종 결과가 없어 전달 "
                    + "여부를 알 수 없습니다.",
                first: "예시 메시지를 Bizgo 고객센터에 문의하고, 그 전에는 다시 보내지 마십시오. 목록은 bizgo-reconciler list --reason stale(또는 "
                    + "uncertain, unverifiable)로 볼 수 있습니다.")
        case .webhookRejected:
            return AlertMeaning(
                what: "\(since) 메시지 \(count)에 관한 웹훅을 받아들이지 않았습니다: \(rejections(alert)). 이 웹훅으로 바뀐 것은 없습니다.",
                first: "webhook.secret_files, webhook.allow, http.trusted_proxies를 확인하십시오. 설정이 맞다면 누군가 리포트를 위조하고 있습니다.")
        case .webhookDisagrees:
            return AlertMeaning(
                what:
                    "\(since) 메시지 \(count)에 대해 Bizgo에 조회한 결과가 웹훅의 내용과 반대입니다. 누군가 리포트를 위조하고 있을 수 있으며, SENT인 행은 바꾸지 않습니다.",
                first: "webhook.secret_files를 설정하고 webhook.allow를 확인한 다음, 예시 메시지를 bizgo-reconciler show로 확인하십시오.")
        case .falseSent:
            return AlertMeaning(
                what: "\(since) SENT로 기록된 메시지 \(count)이 실제로는 모든 채널에서 실패한 것으로 확인되었습니다\(codes(alert, most: most)). 수신자는 "
                    + "메시지를 받지 못했습니다. 행은 바꾸지 않습니다.",
                first: "발송이 접수되면 애플리케이션이 SENT가 아니라 PENDING을 기록하게 하십시오. 목록은 bizgo-reconciler verify로 볼 수 있습니다.")
        case .missingRows:
            return AlertMeaning(
                what: "\(since) Bizgo에는 결과가 있으나 테이블에 행이 없는 메시지 \(count)이 발견되었습니다. 이 메시지들의 결과는 기록되지 않습니다.",
                first: "행을 기록하지 않고 발송하거나 행을 삭제하는 프로그램을 찾으십시오. 목록은 bizgo-reconciler verify로 볼 수 있습니다.")
        default:
            return AlertMeaning(
                what: "\(since) 실패로 처리했던 메시지 \(count)이 실제로는 전달된 것으로 확인되어 SENT로 바뀌었습니다. 애플리케이션이 다시 보냈다면 수신자가 두 번 받았을 수 "
                    + "있습니다.",
                first: "보통은 필요하지 않습니다. 건수가 많으면 stale_after를 늘리십시오.")
        }
    }

    /// `(코드 64008(계정) 300)`, or nothing.
    private func codes(_ alert: Alert, most: Int) -> String {
        let codes = Tally.list(Tally(alert.tally).codes, most: most, code)
        return codes.isEmpty ? "" : "(코드 \(codes))"
    }

    /// `서명 오류 3, 허용되지 않은 주소 1`
    private func rejections(_ alert: Alert) -> String {
        let words = [("unsigned", "서명 오류"), ("foreign", "허용되지 않은 주소")]
        let counts = words.compactMap { kind, words in alert.tally[kind].map { "\(words) \($0)" } }
        return counts.joined(separator: ", ")
    }

    private func remedy(_ cause: AlertCause?) -> String {
        switch cause {
        case nil, .polling, .gone, .token, .rows, .server, .silence:
            "수신 시스템이 동작하는지, 이 서버에서 접속할 수 있는지 확인하십시오. 그 밖의 조치는 필요 없습니다."
        case .address:
            "주소가 없어졌거나 잘못되었습니다. 수신 시스템에서 새 주소를 받아 url_file(또는 url)에 넣고 설정을 다시 불러온 다음 "
                + "bizgo-reconciler alert-test로 확인하십시오."
        case .key:
            "수신 시스템이 키 또는 주소를 거부합니다. 새로 발급받아 설정에 넣고 다시 불러온 다음 bizgo-reconciler "
                + "alert-test로 확인하십시오."
        case .content:
            "수신 시스템이 내용을 거부합니다. 경로의 type이 주소와 맞는지, 키가 올바른지 확인한 다음 bizgo-reconciler "
                + "alert-test로 확인하십시오."
        case .program:
            "프로그램을 실행할 수 없습니다. argv나 파일 권한을 바로잡은 다음 bizgo-reconciler check로 확인하십시오."
        }
    }
}

extension Korean {
    func resolved(_ alert: Alert, most: Int) -> String {
        let count = messages(alert.count)
        let span = span(alert)
        switch alert.identity.name {
        case .accountRefused, .senderRefused:
            return "\(labelledCode(alert)): 메시지가 다시 전달되고 있습니다. \(span)에 \(count)이 거부되었습니다. 거부된 "
                + "메시지는 애플리케이션에서 다시 보낼 때까지 실패 상태로 남습니다. 목록은 bizgo-reconciler list "
                + "--reason reported로 볼 수 있습니다."
        case .deadLetters:
            return "더 이상 실패하는 메시지가 없습니다. \(span)에 \(count)이 실패했습니다: "
                + "\(reasonsAndCodes(alert, most: most))."
        case .staleMessages:
            return "더 이상 확인을 포기하는 메시지가 없습니다. \(span)에 \(count)을 포기했습니다: "
                + "\(reasons(alert, most: most))."
        case .webhookRejected:
            return "더 이상 받아들이지 않은 웹훅이 없습니다. \(span)에 메시지 \(count)에 관한 것이 있었습니다: \(rejections(alert))."
        case .webhookDisagrees:
            return "더 이상 조회 결과와 반대인 웹훅이 발견되지 않습니다. \(span)에 \(count)이 있었습니다."
        case .lateReports: return "더 이상 늦게 확인되는 전달이 없습니다. \(span)에 \(count)이 있었습니다."
        case .providerUnreachable:
            return "Bizgo에서 쓸 수 있는 응답이 다시 옵니다. \(span)에 오지 않았으며, 밀린 메시지를 처리하고 있습니다."
        case .providerRefused where alert.cause == .polling:
            return "리포트를 다시 가져올 수 있거나, 더는 가져올 필요가 없습니다. \(span)에 가져올 수 없어 메시지를 건별로 "
                + "확인하였습니다."
        case .providerRefused:
            return "Bizgo가 더는 키와 접속 주소를 거부하지 않습니다. \(span)에 거부되었습니다. 아직 응답하지 않으면 "
                + "별도의 알림으로 알려 드립니다."
        case .storeTrouble where alert.cause == .rows:
            return "메시지 테이블의 모든 행을 다시 변경할 수 있거나, 더는 변경할 필요가 없습니다. \(span)에 일부를 변경할 수 "
                + "없었습니다."
        case .storeTrouble:
            return "메시지 데이터베이스를 다시 사용할 수 있습니다. \(span)에 사용할 수 없었으며, 밀린 메시지를 처리하고 "
                + "있습니다."
        case .sinkFailing where alert.cause == .gone:
            return "알림 경로 \(Readable.sink(alert))은(는) 더 이상 설정에 없습니다. \(span)에 알림이 전달되지 않았습니다."
        case .sinkFailing:
            return "알림 경로 \(Readable.sink(alert))에 알림이 다시 전달됩니다. \(span)에 전달되지 않았으며, 밀린 알림을 "
                + "전달하고 있습니다."
        case .webhookGap: return "웹훅이 다시 들어오고 있습니다. \(span)에 상당수의 웹훅이 누락되었습니다."
        case .pendingAging: return "너무 오래 대기 중인 메시지가 이제 없습니다. \(span)에 있었습니다."
        case .backlog: return "밀린 메시지를 모두 처리했습니다. \(span)에 대기 중인 메시지가 너무 많았습니다."
        case .rateLimited: return "Bizgo가 요청을 다시 받아들입니다. \(span)에 요청 대부분이 429로 거절되었습니다."
        case .failureRate:
            return "'\(labelledClass(alert))' 분류로 실패하는 메시지의 비율이 다시 기준 이하입니다. \(span)에 너무 높았습니다."
        case .slowReports: return "결과 보고가 다시 제때 들어옵니다. \(span)에 상당수가 늦었습니다."
        case .cycleOverrun: return "처리 주기가 다시 제시간에 끝나고 있습니다. \(span)에 늦어졌습니다."
        case .unreadableRows: return "메시지 테이블의 모든 행을 읽을 수 있습니다. \(span)에 일부를 읽을 수 없었습니다."
        case .clockJump: return "이 서버의 시계가 다시 안정되었습니다. \(span)에 크게 바뀌었습니다."
        case .canaryLost: return "점검용 메시지(카나리)의 전달이 다시 제시간에 확인됩니다. \(span)에 확인되지 않았습니다."
        case .deliveryCollapse: return "메시지가 다시 평소만큼 전달되고 있습니다. \(span)에 전달 비율이 크게 낮았습니다."
        case .senderBlocked: return "발신 프로필을 다시 사용할 수 있거나, 더는 확인하지 않습니다. \(span)에 사용할 수 없었습니다."
        case .falseSent:
            return "SENT로 기록되었으나 실패한 메시지가 더 이상 발견되지 않습니다. \(span)에 \(count)이 있었습니다. 해당 행은 SENT로 남아 있으며, 하루치 목록은 "
                + "bizgo-reconciler verify로 볼 수 있습니다."
        case .missingRows: return "테이블에 행이 없는 메시지가 더 이상 발견되지 않습니다. \(span)에 \(count)이 있었습니다."
        }
    }
}
