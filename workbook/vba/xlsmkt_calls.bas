Attribute VB_Name = "xlsmkt_calls"
Option Explicit
Option Private Module

' How a cell calls Python: workbook inputs for what was left out, true errors, and the reasons behind them.

Private Const PYTHON_MODULE As String = "xlsmkt.hosts.excel_windows"
Private Const PAUSE_SECONDS As Long = 15
Private Const MOST_REASONS As Long = 5000

' Why a cell shows an error, under the address of the cell.
Private reasons As Collection
' Python's end of the line: xlwings takes milliseconds to look it up, and a workbook has thousands of formulas.
Private server As Object
' To start Python can take seconds: after one try in vain comes a pause.
Private next_try As Date
Private unreachable As String
' Whether a cell went without an answer: it counts as computed, and shows its error until all is computed anew.
Private unanswered As Boolean

Public Function CallPython(ByVal function_name As String, ByRef arguments As Variant) As Variant
    Dim cell As Object
    Dim book As Object
    Dim answer As Variant
    Dim reason As String
    Dim description As String
    Dim known As Boolean
    Set cell = CallingCell()
    If cell Is Nothing Then
        Set book = ThisWorkbook
    Else
        Set book = cell.Worksheet.Parent
    End If
    If Now < next_try Then GoTo give_up
try_it:
    On Error GoTo unreached
    known = Not server Is Nothing
    If Not known Then Connect
    answer = server.CallUDF(PYTHON_MODULE, function_name, arguments, book, cell)
    On Error GoTo 0
    MakeTrueErrors answer, reason
    Remember cell, reason
    CallPython = answer
    Exit Function
unreached:
    description = Err.Description
    Set server = Nothing
    ' the Python that was known may have been closed; another one can be started
    If known Then Resume try_it
    unreachable = HowToMend() & vbCrLf & "(Python did not answer: " & description & ")"
    next_try = Now + TimeSerial(0, 0, PAUSE_SECONDS)
    Resume give_up
give_up:
    On Error GoTo 0
    unanswered = True
    Remember cell, unreachable
    CallPython = CVErr(xlErrValue)
End Function

' Finds Python, or starts it. Python takes modules from the folder that it is started in, and Excel's may hold what a
' stranger sent: Python starts in its own.
Public Sub Connect()
    Dim interpreter As String
    Dim folder_before As String
    Dim number As Long
    Dim description As String
    folder_before = CurDir
    interpreter = GetConfig("INTERPRETER_WIN", "")
    EnterFolder Left$(interpreter, InStrRev(interpreter, "\"))
    On Error GoTo failed
    Set server = XLPy
    EnterFolder folder_before
    Exit Sub
failed:
    number = Err.Number
    description = Err.Description
    EnterFolder folder_before
    Err.Raise number, "xlsmkt", description
End Sub

Private Sub EnterFolder(ByVal folder As String)
    On Error Resume Next
    ChDrive folder
    ChDir folder
End Sub

' Computes all anew if Python left cells without an answer before.
Public Sub MendUnanswered()
    If Not unanswered Then Exit Sub
    unanswered = False
    next_try = 0
    Application.CalculateFull
End Sub

' Give an argument that was left out the value of a name, as the calling sheet sees that name. Where the name is not
' there, or stands for nothing but an error, the argument stays left out, and Python says what is missing.
Public Sub FillInput(ByRef argument As Variant, ByVal input_name As String)
    Dim cell As Object
    Dim sheet As Object
    Dim found As Variant
    Set cell = CallingCell()
    If cell Is Nothing Then
        Set sheet = ThisWorkbook.Worksheets(1)
    Else
        Set sheet = cell.Worksheet
    End If
    ' inside an array a range stays a range
    found = Array(sheet.Evaluate(input_name))
    If IsObject(found(0)) Then
        Set argument = found(0)
    ElseIf Not IsError(found(0)) Then
        argument = found(0)
    End If
End Sub

' Why a cell shows an error; nothing when it is none of ours.
Public Function ReasonAt(ByVal cell As Object) As String
    Dim origin As Object
    On Error Resume Next
    If Not IsError(cell.Cells(1, 1).Value) Then Exit Function
    ReasonAt = reasons(Place(cell))
    If ReasonAt <> "" Then Exit Function
    ' a cell of a table: the reason is kept where the formula stands
    Set origin = cell.SpillParent
    If origin Is Nothing Then Set origin = cell.CurrentArray
    If Not origin Is Nothing Then ReasonAt = reasons(Place(origin))
End Function

Public Function HowToMend() As String
    #If Mac Then
        HowToMend = "Excel on a Mac cannot run these functions. Use the edition without macros (xlsmkt new " & _
            "sla.xlsx); xlsmkt refresh and xlsmkt compute bring it up to date."
    #Else
        On Error Resume Next
        HowToMend = "Run this in a command window; it says what to do:" & vbCrLf & Chr$(34) & _
            GetConfig("INTERPRETER_WIN", "python") & Chr$(34) & " -m xlsmkt doctor " & Chr$(34) & _
            ThisWorkbook.FullName & Chr$(34) & vbCrLf & "Then press Ctrl+Alt+F9."
    #End If
End Function

Private Function CallingCell() As Object
    If TypeName(Application.Caller) = "Range" Then Set CallingCell = Application.Caller
End Function

Private Function Place(ByVal cell As Object) As String
    Place = cell.Worksheet.Parent.Name & "/" & cell.Worksheet.Name & "/" & cell.Cells(1, 1).Address
End Function

Private Sub Remember(ByVal cell As Object, ByVal reason As String)
    If cell Is Nothing Then Exit Sub
    If reasons Is Nothing Then Set reasons = New Collection
    ' the usual case, thousands of times: all is well and was
    If reason = "" And reasons.Count = 0 Then Exit Sub
    On Error Resume Next
    reasons.Remove Place(cell)
    On Error GoTo 0
    If reason = "" Then Exit Sub
    If reasons.Count >= MOST_REASONS Then reasons.Remove 1
    reasons.Add reason, Place(cell)
End Sub

' Put errors where Python wrote their marked texts; the first reason is the one that is told.
Private Sub MakeTrueErrors(ByRef answer As Variant, ByRef reason As String)
    Dim i As Long
    Dim j As Long
    Select Case Dimensions(answer)
    Case 0
        If VarType(answer) = vbString Then answer = TrueError(answer, reason)
    Case 1
        For i = LBound(answer) To UBound(answer)
            If VarType(answer(i)) = vbString Then answer(i) = TrueError(answer(i), reason)
        Next i
    Case 2
        For i = LBound(answer, 1) To UBound(answer, 1)
            For j = LBound(answer, 2) To UBound(answer, 2)
                If VarType(answer(i, j)) = vbString Then answer(i, j) = TrueError(answer(i, j), reason)
            Next j
        Next i
    End Select
End Sub

' The error that a marked text stands for: its sign, an en space, the reason. Any other text as it is.
Private Function TrueError(ByVal text As String, ByRef reason As String) As Variant
    Dim mark As Long
    Dim entry As Long
    Dim sign As String
    TrueError = text
    If Left$(text, 1) <> "#" Then Exit Function
    mark = InStr(text, ChrW$(8194))
    If mark = 0 Then Exit Function
    sign = " " & Left$(text, mark - 1) & "="
    entry = InStr(" " & CELL_ERRORS, sign)
    If entry = 0 Then Exit Function
    If reason = "" Then reason = Mid$(text, mark + 1)
    TrueError = CVErr(CLng(Mid$(" " & CELL_ERRORS, entry + Len(sign), 4)))
End Function

Private Function Dimensions(ByRef answer As Variant) As Long
    Dim last As Long
    If Not IsArray(answer) Then Exit Function
    On Error GoTo counted
    last = UBound(answer, 1)
    Dimensions = 1
    last = UBound(answer, 2)
    Dimensions = 2
counted:
End Function
