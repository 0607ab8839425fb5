Attribute VB_Name = "xlsmkt"
Option Explicit

' The macros for people: RefreshCRM behind the buttons, ExplainError for the selected cell.

Private Const TITLE As String = "xlsmkt"

' What Python told of the refresh.
Private told As String
Private all_done As Boolean

' Imports the CRM data into this workbook.
Public Sub RefreshCRM()
    Dim calculation_before As Long
    Dim updating_before As Boolean
    Dim events_before As Boolean
    Dim alerts_before As Boolean
    Dim input_before As Boolean
    Dim hindrance As String
    Dim failure As String
    hindrance = Hindered()
    If hindrance <> "" Then
        MsgBox hindrance, vbExclamation, TITLE
        Exit Sub
    End If
    told = ""
    all_done = False
    LearnCharts
    calculation_before = Application.Calculation
    updating_before = Application.ScreenUpdating
    events_before = Application.EnableEvents
    alerts_before = Application.DisplayAlerts
    input_before = Application.Interactive
    ' whatever fails from here on, Excel gets back what it had
    On Error Resume Next
    ' Esc must not stop us half-way; Excel takes this back when the macro ends
    Application.EnableCancelKey = xlDisabled
    ' clicks into cells would keep Python from writing, and Excel would complain of having to wait for Python;
    ' the dialogs that we ourselves put up take input all the same
    Application.DisplayAlerts = False
    Application.Interactive = False
    Application.ScreenUpdating = False
    Application.EnableEvents = False
    Application.Calculation = xlCalculationManual
    failure = RefreshFailure()
    Application.Calculation = calculation_before
    If calculation_before = xlCalculationManual Then Application.Calculate
    If all_done Then MendUnanswered
    FitCharts
    Application.Interactive = input_before
    Application.DisplayAlerts = alerts_before
    Application.EnableEvents = events_before
    Application.ScreenUpdating = updating_before
    Application.StatusBar = False
    On Error GoTo 0
    If told = "" And failure <> "" Then
        told = "The refresh did not finish. " & HowToMend() & vbCrLf & "(" & failure & ")"
        all_done = False
    End If
    If told = "" Then Exit Sub
    If all_done Then
        MsgBox told, vbInformation, TITLE
    Else
        MsgBox told, vbExclamation, TITLE
    End If
End Sub

' Python calls this with what it has to say; shown when the refresh is over.
Public Sub RefreshTold(ByVal message As String, ByVal done As Boolean)
    told = message
    all_done = done
End Sub

' Shows why the selected cell has an error.
Public Sub ExplainError()
    Dim reason As String
    If Not ActiveCell Is Nothing Then reason = ReasonAt(ActiveCell)
    If reason = "" Then
        reason = "No reason is known for this cell. Select a cell in which an xlsmkt function shows an error, " & _
            "press F2 and Enter, and run ExplainError again."
    End If
    MsgBox reason, vbInformation, TITLE
End Sub

' Lets Python refresh this workbook; why that failed, nothing when it did not.
Private Function RefreshFailure() As String
    Dim outcome As Variant
    On Error GoTo failed
    Connect
    outcome = RunPython("import xlsmkt.hosts.excel_windows as excel; excel.refresh()")
    If outcome = -1 Then RefreshFailure = "see the message before this one"
    Exit Function
failed:
    RefreshFailure = "error " & Err.Number & ": " & Err.Description
End Function

' Why Python cannot even be tried, and what to do; nothing when it can.
Private Function Hindered() As String
    #If Mac Then
        Hindered = HowToMend()
    #Else
        Dim interpreter As String
        On Error Resume Next
        interpreter = GetConfig("INTERPRETER_WIN", "")
        ' Windows leaves a variable that is not set as it stands
        If interpreter = "" Or Left$(interpreter, 1) = "%" Then
            Hindered = "Python is not set up for this workbook: install xlsmkt as its README says, run " & _
                ".venv\Scripts\xlsmkt install excel  in the folder of that installation, then close Excel and " & _
                "open it again."
        End If
    #End If
End Function
