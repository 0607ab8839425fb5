Attribute VB_Name = "xlsmkt_charts"
Option Explicit
Option Private Module

' The ranges of Excel's charts are fixed, and our tables spill more rows or fewer from month to month. A range that
' covered exactly the rows below a table's headings is made to cover them again. Anything else is left alone, and
' nothing here raises. Ranges and sheets are of type Object: Excel 2019 does not know of spilled tables.

' The tables under charts: the cell of the formula, and the rows below the headings when last seen.
Private origins() As Object
Private rows_seen() As Long
Private tables As Long

' Looks which spilled tables stand under charts.
Public Sub LearnCharts()
    Dim curve As Object
    On Error Resume Next
    For Each curve In AllSeries()
        LearnSeries curve
    Next curve
End Sub

' Fits the charts to the tables whose number of rows has changed; where none has, no chart is looked at.
Public Sub FitCharts()
    Dim table As Long
    Dim rows_now As Long
    On Error Resume Next
    For table = 1 To tables
        rows_now = BodyRows(origins(table))
        If rows_now > 0 And rows_now <> rows_seen(table) Then
            FitTable origins(table).SpillingToRange, rows_seen(table), rows_now
            rows_seen(table) = rows_now
        End If
    Next table
End Sub

' The series of all charts that stand on sheets.
Private Function AllSeries() As Collection
    Dim found As Collection
    Dim sheet As Object
    Dim holder As Object
    Dim curve As Object
    Set found = New Collection
    On Error Resume Next
    For Each sheet In ThisWorkbook.Worksheets
        For Each holder In sheet.ChartObjects
            For Each curve In holder.Chart.SeriesCollection
                found.Add curve
            Next curve
        Next holder
    Next sheet
    Set AllSeries = found
End Function

Private Sub LearnSeries(ByVal curve As Object)
    Dim parts() As String
    Dim part As Long
    On Error GoTo no_ranges
    ' =SERIES(name,categories,values,order)
    parts = Split(curve.Formula, ",")
    For part = 1 To UBound(parts)
        If InStr(parts(part), "!") > 0 Then LearnRange parts(part)
    Next part
no_ranges:
End Sub

Private Sub LearnRange(ByVal reference As String)
    Dim covered As Object
    Dim origin As Object
    Dim table As Long
    On Error GoTo no_table
    ' the reference names its sheet, so that any sheet can tell what it means
    Set covered = ThisWorkbook.Worksheets(1).Evaluate(reference)
    Set origin = covered.Cells(1, 1).Offset(-1, 0).SpillParent
    If BodyRows(origin) = 0 Then Exit Sub
    For table = 1 To tables
        If origins(table).Address(External:=True) = origin.Address(External:=True) Then Exit Sub
    Next table
    ReDim Preserve origins(1 To tables + 1)
    ReDim Preserve rows_seen(1 To tables + 1)
    tables = tables + 1
    Set origins(tables) = origin
    rows_seen(tables) = BodyRows(origin)
no_table:
End Sub

' The rows below the headings; 0 while the formula shows an error.
Private Function BodyRows(ByVal origin As Object) As Long
    On Error GoTo no_rows
    BodyRows = origin.SpillingToRange.Rows.Count - 1
no_rows:
End Function

Private Sub FitTable(ByVal table As Object, ByVal rows_before As Long, ByVal rows_now As Long)
    Dim curve As Object
    On Error Resume Next
    For Each curve In AllSeries()
        FitSeries curve, table, rows_before, rows_now
    Next curve
End Sub

Private Sub FitSeries(ByVal curve As Object, ByVal table As Object, ByVal rows_before As Long, ByVal rows_now As Long)
    Dim was As String
    Dim fitted As String
    Dim first As String
    Dim fresh As String
    Dim sheet_name As String
    Dim column As Long
    Dim body As Object
    was = curve.Formula
    ' a range of several areas is none of ours
    If InStr(was, ",(") > 0 Then Exit Sub
    fitted = was
    sheet_name = table.Worksheet.Name
    For column = 1 To table.Columns.Count
        Set body = table.Cells(2, column)
        first = body.Address
        fresh = body.Resize(rows_now, 1).Address
        fitted = Swapped(fitted, sheet_name, body.Resize(rows_before, 1).Address, fresh)
        ' one cell may stand there as a range of one
        If rows_before = 1 Then fitted = Swapped(fitted, sheet_name, first & ":" & first, fresh)
    Next column
    If fitted <> was Then curve.Formula = fitted
End Sub

' The formula of a series with another range in place of one; Excel puts some sheet names in quotes.
Private Function Swapped(ByVal formula As String, ByVal sheet_name As String, ByVal old As String, _
        ByVal fresh As String) As String
    Dim prefix As Variant
    Dim ending As Variant
    Swapped = formula
    For Each prefix In Array("," & sheet_name & "!", ",'" & Replace(sheet_name, "'", "''") & "'!")
        For Each ending In Array(",", ")")
            Swapped = Replace(Swapped, prefix & old & ending, prefix & fresh & ending)
        Next ending
    Next prefix
End Function
