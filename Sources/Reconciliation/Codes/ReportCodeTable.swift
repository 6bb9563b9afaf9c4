// Generated from report-codes.tsv by deploy/generate-codes. Edit the table, not this file.

/// The report codes the provider has published or sent: code, class, gloss.
package enum ReportCodeTable {
    /// The lines of the table without its heading, columns separated by tabs.
    static let lines = #"""
        10000	delivered	arrived normally on the handset
        22000	expired	transmission time limit passed
        22001	transient	radio network failed to carry it
        22002	transient	failed between radio network and handset
        22003	recipient	handset switched off
        22004	recipient	handset message store full
        22005	recipient	handset out of coverage
        22006	unknown	message was deleted, no cause given
        22007	recipient	handset had a passing problem
        23000	unknown	could not be sent, no cause given
        23001	recipient	number has no subscriber
        23002	recipient	recipient failed adult verification
        23003	recipient	recipient number malformed
        23004	recipient	recipient line temporarily suspended
        23005	recipient	handset busy in a call
        23006	recipient	recipient side refuses incoming messages
        23008	recipient	some other handset problem
        23009	content	message format invalid
        23010	recipient	handset cannot take MMS
        23011	transient	carrier server error
        23012	content	classed as spam
        23013	unknown	service refused, by whom not stated
        23014	unknown	other cause, not specified
        23015	unknown	no route for sending, cause unstated
        23016	content	attachment larger than allowed
        23018	sender	sender number enrolled in carrier anti-spoofing service
        23019	sender	sender number blocked for everyone by KISA
        23022	content	text could not be converted between charsets
        23023	sender	sender number not pre-registered for domestic messages
        23025	content	same message already sent within a day
        23029	content	advertisement sent during restricted hours
        23030	content	MMS fallback attachment could not be processed
        23031	transient	timeout uncertain; fallback suppressed by setting
        23032	account	account not allowed to use MT fallback
        23033	content	fallback parameters wrong
        23034	content	fallback MMS file key invalid
        23035	transient	carrier flagged as in outage
        23036	sender	KISA original-sender identification code wrong, not sent
        23037	sender	KISA original-sender code wrong on RCS fallback
        23040	recipient	carrier blocked it as spam to void number
        23041	content	smishing link detected by KISA scan
        32000	expired	transmission time limit passed
        32001	transient	radio network failed to carry it
        32002	transient	failed between radio network and handset
        32003	recipient	handset switched off
        32004	recipient	handset message store full
        32005	recipient	handset out of coverage
        32006	unknown	message was deleted, no cause given
        32007	recipient	handset had a passing problem
        33000	unknown	could not be sent, no cause given
        33001	recipient	number has no subscriber
        33002	recipient	recipient failed adult verification
        33003	recipient	recipient number malformed
        33004	recipient	recipient line temporarily suspended
        33005	recipient	handset busy in a call
        33006	recipient	recipient side refuses incoming messages
        33008	recipient	some other handset problem
        33009	content	message format invalid
        33010	recipient	handset cannot take MMS
        33011	transient	carrier server error
        33012	content	classed as spam
        33013	unknown	service refused, by whom not stated
        33014	unknown	other cause, not specified
        33015	unknown	no route for sending, cause unstated
        33016	content	attachment larger than allowed
        33018	sender	sender number enrolled in carrier anti-spoofing service
        33019	sender	sender number blocked for everyone by KISA
        33022	content	text could not be converted between charsets
        33023	sender	sender number not pre-registered for domestic messages
        33025	content	same message already sent within a day
        33029	content	advertisement sent during restricted hours
        33030	content	MMS fallback attachment could not be processed
        33031	transient	timeout uncertain; fallback suppressed by setting
        33032	account	account not allowed to use MT fallback
        33033	content	fallback parameters wrong
        33034	content	fallback MMS file key invalid
        33035	transient	carrier flagged as in outage
        33036	sender	KISA original-sender identification code wrong, not sent
        33040	recipient	carrier blocked it as spam to void number
        33041	content	smishing link detected by KISA scan
        33100	expired	carrier gave up retrying after timeout
        33101	recipient	iPhone or handset without RCS
        33102	template	template send must not set ad header
        33103	template	template send must not carry own buttons
        33104	content	ad header flag outside 0 or 1
        33105	content	footer given although not an advertisement
        33106	content	advertisement lacks the opt-out footer
        33107	content	footer allows only digits, hyphens, 20 chars
        33108	template	description differs from registered pattern
        33109	content	title too long
        33110	content	description too long
        33111	content	too many buttons
        33112	content	card lacks required text, title or image
        33113	content	media exceeds size limit
        33114	content	carrier saw a duplicate message
        33115	sender	agency not designated for this sender number
        33116	sender	brand has no designated agency
        33117	content	validity option outside allowed values
        33118	content	button label too long
        33119	content	button kind not defined
        33120	content	file key invalid
        33121	template	messagebase ID unknown
        33122	sender	sender number not registered with the brand
        33123	account	daily sending volume used up
        33124	template	messagebase parameters wrong or missing
        33200	sender	brand information wrong
        40001	transient	MaaP login: authorization header absent (provider side)
        40002	transient	MaaP login: token absent (provider side)
        40003	transient	MaaP login: token invalid (provider side)
        40004	transient	MaaP login: token out of date (provider side)
        40006	transient	MaaP login: client ID in token wrong
        40007	transient	MaaP login: scope in token wrong
        41002	expired	withdrawn before delivery or at expiry
        41100	transient	RCS server connection failed
        41101	transient	RCS server connection slow
        41102	transient	RCS server failed to handle request
        41103	transient	RCS server slow to handle request
        41104	transient	RCS message service connection failed
        41105	transient	RCS message service connection slow
        41106	transient	RCS message service failed on request
        41107	transient	RCS message service slow to handle
        41108	transient	RCS message service failed midway
        41109	transient	RCS message service internal error
        41111	transient	RCS presence server connection failed
        41112	transient	RCS presence server connection slow
        41113	transient	RCS presence server request failed
        41114	transient	RCS presence server request slow
        41115	transient	chatbot directory server request failed
        41116	transient	chatbot directory server request slow
        41117	uncertain	outcome uncertain: withdrawal failed, delivery not known
        41118	transient	MaaP storage could not keep the file
        41200	recipient	number is not an RCS user
        41210	recipient	RCS user cannot take text messages
        41211	recipient	RCS user cannot take file messages
        41212	recipient	RCS user cannot take rich cards
        41220	recipient	RCS user lacks extended bot message 1.0
        41221	recipient	RCS user lacks extended bot message 1.1
        41222	recipient	RCS user lacks extended bot message 1.2
        41230	recipient	RCS user lacks open rich card 1.0
        41231	recipient	RCS user lacks open rich card 1.1
        41232	recipient	RCS user lacks open rich card 1.2
        41240	recipient	RCS user cannot take location requests
        42001	sender	no chatbot found for the service ID
        42002	content	message ID parameter missing
        42003	content	bot ID parameter missing
        42004	content	recipient number parameter missing
        42005	recipient	recipient number not in +82 format
        42007	recipient	recipient not on pre-launch test list
        42008	content	request body missing
        42009	content	required message element missing or unknown kind
        42010	content	more than one message kind in body
        42011	unknown	message to query or change not found
        42012	content	typing indicator malformed
        42013	content	traffic type not a reserved value
        42014	content	suggestion chips not allowed here
        42015	content	text message is empty
        42031	content	rich card message lacks card and carousel
        42032	content	rich card message has card and carousel
        42034	content	rich card layout missing
        42035	content	rich card content missing
        42036	content	rich card orientation missing or wrong
        42038	content	image alignment wrong for horizontal card
        42039	content	image alignment not allowed on vertical card
        42040	content	carousel card width missing or wrong
        42041	content	small-width carousel media height must be tall
        42042	content	rich card empty or title/description too long
        42043	content	suggestion chip list empty
        42044	content	more than eleven suggestion chips
        42045	content	suggestion has neither action nor reply
        42046	content	suggestion has both action and reply
        42047	content	suggestion holds several actions
        42048	content	more than four suggestions on card
        42049	content	suggestion postback data too long
        42050	content	suggestion display text too long
        42051	content	map action location wrong
        42052	content	map location mixes query and coordinates
        42053	content	map action lacks its kind
        42054	content	map action has both kinds
        42055	content	dialer action lacks its target
        42056	content	dialer action has several targets
        42057	content	compose action lacks text and recording
        42058	content	compose action has text and recording
        42059	content	settings action empty
        42060	content	settings action has duplicates
        42061	content	clipboard action lacks text
        42062	content	local browser action lacks URL
        42063	content	share action lacks text
        42064	content	calendar action lacks its event
        42065	content	calendar event lacks start, end or title
        42066	content	calendar event title length wrong
        42067	content	calendar event description length wrong
        42068	content	compose text lacks number or length wrong
        42069	content	compose recording lacks number or type wrong
        42070	content	device action lacks its request
        42071	content	dialer lacks number or subject too long
        42072	content	map show action lacks location
        42073	content	URL action lacks its link
        42100	content	thumbnail lacks content type or size
        42101	content	file message lacks URL
        42102	content	audio message lacks URL
        42103	content	location push lacks position
        42104	content	rich card media lacks URL
        42105	content	rich card media lacks content type
        42106	content	rich card media lacks file size
        42107	content	rich card media height missing or wrong
        42108	content	suggestion lacks postback data
        42200	content	URL malformed or without scheme
        42201	content	location push label too long
        42202	content	rich card description too long
        42205	content	carousel has more than ten cards
        42206	content	rich card media size not positive
        42207	content	expiry not in RFC3339 form
        42208	expired	expiry time already past on arrival
        42301	content	open rich card layout missing
        42302	content	open rich card has no card
        42303	content	open rich card lacks a layout widget
        42304	content	open rich card view lacks dimensions
        42305	content	open rich card linear layout incomplete
        42307	content	open rich card text view incomplete
        42308	content	open rich card text too long
        42309	content	open rich card image view incomplete
        42310	content	open rich card image size not positive
        42311	content	open rich card image scaling value wrong
        42312	content	open rich card content lacks dimensions
        42313	content	open rich card content dimensions malformed
        42314	content	open rich card common attribute wrong
        42315	content	open rich card nested too deep
        42316	content	button widget lacks click action
        42402	content	attached file URL could not be downloaded
        42514	content	likely duplicate: same message ID seen
        42601	transient	bot throughput limit of MaaP exceeded
        42602	content	classed as spam by traffic type
        45000	transient	MaaP internal server error
        45001	transient	MaaP could not parse bot data
        45002	transient	MaaP could not parse capability data
        45003	transient	MaaP could not parse file XML
        45004	transient	MaaP message cache unreachable
        45005	transient	MaaP chat ID cache unreachable
        45006	transient	MaaP client for bot directory failed
        45007	transient	MaaP client for chatbot failed
        50001	transient	carrier login: authorization header absent (provider side)
        50002	transient	carrier login: authorization value absent (provider side)
        50003	transient	carrier login: token mismatch (provider side)
        50004	transient	carrier login: token out of date (provider side)
        50005	transient	carrier login: token error (provider side)
        50006	account	requested account (BP ID) not found
        50007	account	relay company's RCS sending account not found
        50008	account	account password wrong
        50009	account	calling IP not on allow list
        50010	account	token request limit; at SKT, unpaid bill
        50011	account	relay company lacks right to product code
        50012	account	relay company lacks right to the API
        50100	unknown	server refuses sending, cause not stated
        50101	account	API called without permission
        50201	transient	RCS messages per second exceeded
        50202	account	RCS message quota used up
        51003	content	key already used (duplicate)
        51004	content	request parameter malformed
        51005	content	request body JSON unreadable
        51006	unknown	data not found, which is unstated
        51101	sender	agency key not found
        51102	sender	agency key mismatch
        51103	sender	brand key not found
        51104	sender	brand key mismatch
        51900	content	request was wrong
        51901	transient	Samsung MaaP gateway link error
        51902	transient	Samsung MaaP chatbot registry link error
        51903	transient	Capri system link error
        51904	transient	provider webhook unable to process
        51905	transient	provider webhook billing record not written
        51906	unknown	provider webhook URL wrong
        51907	expired	message already expired
        51908	transient	gave up after too many retries
        51909	unknown	provider webhook message not found
        51910	unknown	provider webhook relay record not found
        51911	account	no contract relation exists
        51912	transient	Samsung simulator link error
        52001	recipient	phone number malformed (whose is unstated)
        52002	unknown	request cannot be handled, cause unstated
        52003	unknown	chatbot admin: ID already taken
        52004	unknown	chatbot admin: creation not possible
        52005	unknown	chatbot admin: change not possible
        52006	unknown	brand admin: cannot delete while chatbots exist
        52007	unknown	chatbot admin: type must be a2p or chatbot
        52008	unknown	chatbot admin: IDs in URL and body differ
        52009	unknown	chatbot admin: create/update data wrong
        52010	unknown	chatbot inbound webhook agency data wrong
        52011	unknown	chatbot inbound webhook agency data missing
        52012	unknown	chatbot admin: persistent menu JSON wrong
        52016	expired	realtime message missed ten-second handover window
        52023	template	messagebase is paused
        52098	unknown	no right to the attribute
        52099	sender	no right to use the chatbot
        52101	unknown	provider webhook relay parameters wrong
        52102	transient	provider webhook relay unreachable
        52103	transient	provider webhook relay request failed
        52104	transient	provider webhook relay reply failed
        52105	transient	provider webhook message not received
        52106	transient	provider webhook message handling failed
        53001	content	file type not supported
        53002	content	file attributes wrong
        53003	content	file ID missing or malformed
        53004	transient	file could not be stored
        53005	transient	multipart upload transfer failed
        53006	content	uploaded file too big
        53007	content	image dimensions invalid
        53008	content	image dimensions unreadable
        53011	content	open rich card file size invalid
        54001	recipient	number belongs to another carrier
        54002	recipient	subscriber without RCS reception
        54003	recipient	RCS handset off or off network
        54004	transient	MaaP system or RCS protocol fault
        54005	content	blocked by spam filter
        54006	recipient	handset lacks open rich card support
        54007	recipient	handset cannot take this message kind
        54008	recipient	free-number sending blocked (number unstated)
        55001	unknown	company record incomplete
        55002	content	required parameter failed validation
        55101	sender	agency record incomplete
        55102	sender	agency ID unknown
        55103	sender	agency not entitled to act for brand
        55104	unknown	contract record wrong or incomplete
        55201	sender	brand record incomplete
        55202	sender	brand name missing
        55203	sender	brand profile image missing
        55204	sender	brand customer-service number missing
        55205	sender	brand menu too long or wrong
        55206	sender	brand category wrong
        55207	sender	brand homepage wrong
        55208	sender	brand email wrong
        55209	sender	brand address wrong
        55210	sender	brand ID unknown
        55301	sender	chatbot record wrong or incomplete
        55302	sender	bot sender number malformed
        55303	sender	bot ID not part of brand
        55304	sender	bot ID not part of brand (second code)
        55501	template	messagebase content wrong or incomplete
        55502	template	messagebase ID does not exist
        55503	template	messagebase not owned by brand
        55504	template	messagebase format string incomplete
        55505	template	messagebase policy info wrong or missing
        55506	template	messagebase parameter wrong or missing
        55507	template	messagebase attribute wrong or missing
        55508	template	messagebase type wrong or missing
        55509	template	messagebase belongs to another product type
        55601	template	messagebase form wrong or incomplete
        55602	template	messagebase form ID unknown
        55603	template	messagebase product code wrong
        55604	template	messagebase child layout nested too deep
        55621	content	auto-reply body JSON malformed
        55622	content	auto-reply buttons JSON malformed
        55623	content	auto-reply chips JSON malformed
        55701	content	advertisement marking not usable here
        55702	template	messagebase does not allow action buttons
        55703	content	header value not allowed
        55704	content	footer inconsistent with header
        55705	content	footer missing for advertisement header
        55706	content	footer fails digit/hyphen rule
        55707	template	text differs from registered pattern
        55708	content	title exceeds length
        55709	content	description exceeds length
        55710	content	button count above maximum
        55711	template	card count differs from messagebase
        55712	content	media above maximum size
        55801	unknown	relay company data wrong or missing
        55802	content	message format wrong or incomplete
        55803	content	message notation wrong
        55804	content	message body missing or wrong
        55805	content	message kind cannot be handled
        55806	content	message ID requested more than once
        55807	sender	chatbot permission error
        55808	sender	chatbot not in a sendable state
        55809	sender	agency permission error
        55810	content	validity value wrong
        55811	content	messagebase parameter too long
        55812	template	messagebase takes no button field
        55813	content	button text above maximum length
        55814	content	button is malformed
        55815	content	file unknown or usage type wrong
        55816	content	suggestions array must not be empty
        55817	recipient	recipient number format wrong
        55818	template	messagebase ID not found
        55819	sender	chatbot ID not found
        55820	expired	revoked before delivery
        55821	uncertain	outcome uncertain: delivery unproven, revocation failed
        55822	expired	cancelled, so never sent
        55880	template	button count mismatch
        55881	content	two-way: reply ID invalid
        55882	content	two-way: reply ID missing
        55883	template	two-way: messagebase product cannot do sessions
        55884	content	two-way: reply ID belongs to another recipient
        55885	content	two-way: reply ID belongs to another chatbot
        55886	content	two-way: chips cannot be sent
        55887	sender	two-way: chatbot cannot send session messages
        55900	content	malformed message, retry useless
        55901	unknown	contact person record wrong or incomplete
        56002	unknown	message recall failed
        56003	uncertain	outcome uncertain: sent, handset receipt unverifiable
        56007	expired	expired before RCS session opened
        56101	unknown	RCS reachability could not be determined
        59001	transient	system error at carrier platform
        59002	transient	I/O or MaaP gateway internal error
        59003	transient	MaaP gateway timed out
        59202	transient	sending to Samsung backend failed
        59203	transient	sending to Samsung backend timed out
        59901	transient	system currently unable to process requests
        59999	unknown	other undefined error, including cancelled webhook
        60162	sender	original-sender identification code wrong
        60400	account	no permission (consult talk)
        60500	account	authentication refused (consult talk)
        60501	sender	profile key invalid or channel not active
        60502	recipient	chat session expired or absent
        60503	recipient	user key malformed
        60504	content	serial number already used
        60505	content	bad file sending request
        60506	content	text over 1000 characters
        60507	account	hub partner key invalid (consult talk)
        60508	sender	channel chat function switched off
        60509	content	request has wrong parameter
        60510	content	message type malformed
        60511	recipient	user is blocked
        60512	account	no valid consult-talk contract
        60600	unknown	sending failed, cause not stated
        60681	content	chatbot-history option wrongly in consult start
        61001	content	request body not JSON
        61002	account	hub partner key invalid
        61003	sender	sender profile key invalid
        61004	content	name element missing from body
        61006	sender	sender profile deleted
        61007	sender	sender profile blocked
        61011	account	contract record not found
        61012	recipient	user key has wrong format
        61013	sender	app connection invalid
        61014	sender	business number invalid
        61015	recipient	app user ID invalid
        61016	sender	business registration numbers differ
        61020	recipient	phone or app user ID invalid/missing
        61021	sender	Kakao channel blocked
        61022	sender	Kakao channel closed
        61023	sender	Kakao channel deleted
        61024	sender	Kakao channel awaiting deletion
        61025	sender	Kakao channel under sanction
        61026	content	response method not allowed for message type
        61027	sender	Kakao channel messaging under sanction
        61028	content	targeting option not usable
        61030	content	request parameter wrong
        61033	template	brand template type differs from message type
        62003	recipient	test send: channel not added by user
        62004	transient	Kakao internal error while matching template
        62005	transient	Kakao internal error reading image
        62006	content	serial number format wrong
        63000	unknown	unexpected error, cause unstated
        63005	uncertain	outcome uncertain: realtime sent, receipt unconfirmed
        63006	transient	Kakao internal error, not sent
        63008	recipient	phone number wrong
        63010	content	JSON could not be parsed
        63011	unknown	message does not exist
        63012	content	duplicate message serial number
        63013	content	message is empty
        63014	content	message exceeds length limit
        63015	template	template not found
        63016	template	text differs from template
        63018	unknown	message cannot be sent, cause unstated
        63019	recipient	not a KakaoTalk user
        63020	recipient	user blocks AlimTalk
        63021	recipient	user's KakaoTalk version too old
        63022	content	outside permitted marketing hours
        63023	content	video address or thumbnail unusable
        63024	content	image address or size unusable
        63025	content	variable value too long
        63026	content	consult/bot button extra data too long
        63027	template	buttons or quick replies differ from template
        63028	template	emphasis title differs from template
        63029	content	emphasis title too long
        63030	template	message type conflicts with template emphasis
        63031	template	header differs from template
        63032	content	header too long
        63033	template	item highlight differs from template
        63034	content	item highlight title too long
        63035	content	item highlight description too long
        63036	template	item list differs from template
        63037	content	item description too long
        63038	template	item summary differs from template
        63039	content	item summary description too long
        63040	content	item summary has forbidden characters
        63041	content	wide item count out of range
        63042	template	main link differs from template
        63043	template	image variable count differs from template
        63044	template	coupon variables differ from template
        63045	template	commerce variables differ from template
        63046	content	additional info too long
        63047	content	commerce product name too long
        63048	content	group tag invalid
        63050	unknown	N-type opt-out spec unsupported, side unstated
        63051	content	carousel item count out of range
        63052	content	carousel item text too long
        63053	template	carousel differs from template
        63054	template	carousel buttons differ from template
        63055	template	carousel coupon differs from template
        63056	content	wide item title too long
        63057	template	carousel commerce differs from template
        63058	content	carousel header too long
        64000	unknown	result not found, or bad input
        64001	unknown	status unknown, or body unreadable
        64008	account	account has no usage permission
        64009	account	no right to AlimTalk service
        64010	account	no right to FriendTalk service
        64016	recipient	not a KakaoTalk user
        64102	template	template request error
        64104	sender	no valid sender profile found
        64110	content	bubble or message type invalid
        64121	recipient	message target wrong
        64122	unknown	result lookup error
        65000	recipient	test send: user not authorised
        65001	transient	test send: daily limit reached
        67011	content	serial number pattern wrong
        67014	expired	message validity time exceeded
        68512	content	recipient type not recognised
        68514	unknown	request ID not found
        68520	content	product type unsupported
        68521	content	message type unsupported
        68522	content	text kind unsupported
        68523	content	response method unsupported
        68530	content	recipient list size wrong
        68999	transient	internal server error at Kakao side
        69998	transient	service currently not provided
        69999	transient	unknown system fault, operators investigating
        6ME09	uncertain	outcome uncertain: polling sent, receipt unclear, unbilled
        70001	uncertain	outcome uncertain: web delivery done, app failed
        71001	sender	agent or partner key missing
        71002	content	send request body faulty
        71003	recipient	neither phone number nor access token given
        71004	recipient	phone number pattern wrong
        71005	sender	partner key or send-group key missing
        71006	template	template's product not valid, check contract
        71007	template	product code differs from template
        72001	template	template parameters missing
        72002	template	template ID does not exist
        72003	template	template parameters do not match
        72004	template	button count differs from template
        72005	template	button code does not match template
        72006	template	message text differs from registered template
        72007	template	template not approved
        72008	template	template comparison failed, special characters
        72009	template	template blocked by administrator
        72010	template	template sample image not registered
        72011	content	image hash belongs to another key
        72101	template	template belongs to another template group
        72102	template	template group key invalid
        72103	template	partner not listed in template group
        72104	content	image hash and template group key differ
        72105	content	coupon attached, so image cannot be
        72106	content	coupon lacks image URL
        72107	content	coupon expiry missing or not future date
        72108	content	issuer info missing or business code wrong
        72109	content	installment months wrong
        72110	content	transaction type wrong
        72111	content	transaction amount not numeric
        72112	content	currency code wrong
        72113	content	transaction time malformed
        72114	content	won amount cannot have decimals
        73001	sender	no partner mapped to agent key
        73002	recipient	no user for this phone number
        73003	sender	mapped partner does not exist
        73004	content	message key already exists
        73005	recipient	several users share this phone number
        73006	sender	sending partner account in abnormal state
        73007	sender	sending partner account abnormal (second code)
        74001	recipient	user cannot receive informational alerts
        74002	recipient	user blocks smart alerts
        74003	recipient	user blocks this partner
        74004	recipient	user not enrolled in card alerts
        74005	recipient	push did not reach card-alert device
        74006	recipient	user differs from card-alert phone number
        79051	transient	message system error at Naver side
        79052	template	template lacks product info, contact Naver
        79999	unknown	not sent for unknown reason
        90000	transient	internal leg of provider failed
        99999	unknown	failed for an unidentified reason
        """#
}
